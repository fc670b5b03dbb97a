# Flags common to every target, ccache, sanitizers.
find_program(STRONGROOM_CCACHE ccache)
if(STRONGROOM_CCACHE)
  # Precompiled headers need these; see the ccache manual, "Precompiled headers".
  set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${STRONGROOM_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_library(strongroom_flags INTERFACE)
target_compile_options(strongroom_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Werror -fPIE -fstack-protector-strong -fno-omit-frame-pointer
  "$<$<CXX_COMPILER_ID:Clang>:-Wthread-safety;-Wno-unused-command-line-argument;-fpch-instantiate-templates>"
  # g++ 12 reports dangling storage and restrict overlaps inside libstdc++ where there are none.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized;-Wno-missing-field-initializers>"
  # At -O3 it also sees moves of short strings run over their buffer (seen in crypto/shamir.cc).
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>"
  "$<$<CXX_COMPILER_ID:Clang>:-Wno-missing-field-initializers>")
target_compile_definitions(strongroom_flags INTERFACE _GLIBCXX_ASSERTIONS
  "$<$<CONFIG:Release>:_FORTIFY_SOURCE=2>")
target_link_options(strongroom_flags INTERFACE -pie -Wl,-z,relro,-z,now -Wl,--as-needed)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_options(strongroom_flags INTERFACE -Wl,--gc-sections)
  target_compile_options(strongroom_flags INTERFACE -ffunction-sections -fdata-sections)
  # Arguments and words for people: what is computed at length is in the rooms.
  target_compile_options(strongroom_flags INTERFACE
    $<$<BOOL:$<TARGET_PROPERTY:STRONGROOM_COMPILES_QUICKLY>>:-O1>)
endif()
# g++ collects garbage late rather than often: a file takes some hundred MB either way.
target_compile_options(strongroom_flags INTERFACE
  "$<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1000000>")

if(STRONGROOM_SANITIZE)
  target_compile_options(strongroom_flags INTERFACE -fsanitize=${STRONGROOM_SANITIZE}
    -fno-sanitize-recover=all
    # A test is compiled far more often than its own lines are run.
    $<IF:$<BOOL:$<TARGET_PROPERTY:STRONGROOM_COMPILES_QUICKLY>>,-O0,-O1> -g1)
  target_link_options(strongroom_flags INTERFACE -fsanitize=${STRONGROOM_SANITIZE})
  target_compile_definitions(strongroom_flags INTERFACE STRONGROOM_SANITIZED=1)
  if(STRONGROOM_SANITIZE STREQUAL "thread")  # as at -O3 above (seen in protocol/member.cc)
    target_compile_options(strongroom_flags INTERFACE
      "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
  endif()
endif()

# The clang build is the fuzz build: rooms and programs are instrumented, tests only link what that needs.
# cmake/fuzz.cmake
add_library(strongroom_instrumented INTERFACE)
if(STRONGROOM_FUZZ)
  target_compile_options(strongroom_instrumented INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -O1 -g1)
  # clang 14 cannot put the check of function pointers' types into Beast's templates.
  set_source_files_properties(src/http/beast.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=function)
  target_link_options(strongroom_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(strongroom_flags INTERFACE STRONGROOM_SANITIZED=1)
endif()

# Vectors of 64 bytes do not lie aligned in the frames that the address sanitizer keeps to find uses after
# return; in ordinary frames they do.
if(STRONGROOM_FUZZ OR STRONGROOM_SANITIZE MATCHES "address")
  set_source_files_properties(src/model/lineage/kernels.cc PROPERTIES COMPILE_OPTIONS
    "$<IF:$<CXX_COMPILER_ID:GNU>,--param=asan-use-after-return=0,-fsanitize-address-use-after-return=never>")
endif()
