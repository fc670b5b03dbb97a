// Known ways around scanners of pickles, one by one.
#include <gtest/gtest.h>

#include "model/pickle_for_test.h"

namespace strongroom::model {
namespace {

/// It says `rule`, and the file is hostile.
void expect_hostile(const std::string& pickle, const Rule& rule) {
  const Findings findings = judge(pickle);
  EXPECT_TRUE(tells(findings, rule)) << said(findings);
  EXPECT_EQ(findings.verdict(), Verdict::kHostile) << said(findings);
}

void expect_suspicious(const std::string& pickle, const Rule& rule) {
  const Findings findings = judge(pickle);
  EXPECT_TRUE(tells(findings, rule)) << said(findings);
  EXPECT_EQ(findings.verdict(), Verdict::kSuspicious) << said(findings);
}

void expect_clean(const std::string& pickle) {
  const Findings findings = judge(pickle);
  EXPECT_EQ(findings.verdict(), Verdict::kClean) << said(findings);
}

const std::string kOrderedDict = global("collections", "OrderedDict");

TEST(ANameFromTheMemo, IsFollowed) {
  expect_hostile(bytes_of("\x80\x04") + text("system") + bytes_of("\x94") + "0" + text("os") +
                     bytes_of("h\x00\x93)R."),
                 kPickleRunsCode);
}

TEST(ANameInEscapes, IsUnescaped) {
  expect_hostile(bytes_of("S'o\\x73'\nV\\u0073ystem\n\x93)R."), kPickleRunsCode);
}

TEST(ANameThatIsComputed, IsHostile) {
  expect_hostile(proto4(global("_codecs", "encode") + text("os") + text("latin1") +
                        bytes_of("\x86R") + text("system") + bytes_of("\x93")),
                 kPickleHiddenName);
}

TEST(ANameTooLongToKeep, IsHostile) {
  expect_hostile("c" + std::string(5'000, 'a') + "\nb\n.", kPickleHiddenName);
}

TEST(ADottedName, IsHeldAgainstTheList) {
  expect_hostile("cbuiltins\ngetattr.__call__\n.", kPickleDangerousGlobal);
  expect_hostile(proto4(global("collections", "OrderedDict.__init__.__globals__")),
                 kPickleHiddenName);
  expect_hostile(proto4(global("torch.serialization", "os.system")), kPickleHiddenName);
  expect_hostile(proto4(global("torch", "_utils.sys")), kPickleHiddenName);
  expect_suspicious(proto4(global("collections", "OrderedDict.fromkeys")), kPickleUnlistedGlobal);
}

TEST(ACallHiddenByPop, IsStillHostile) {
  expect_hostile("(cos\nsystem\nS'id'\no0N.", kPickleRunsCode);
  expect_hostile("cos\nsystem\n(S'id'\ntR0N.", kPickleRunsCode);
  expect_hostile("(cos\nsystem\n(S'id'\ntR1N.", kPickleRunsCode);
}

TEST(WhatStandsBehindStop, IsNeverClean) {
  expect_suspicious("N.abc", kPickleAfterStop);
  expect_suspicious("N.N.", kPickleAfterStop);
  expect_suspicious(std::string("N.") + '\0', kPickleAfterStop);
  expect_hostile("N.cos\nsystem\n(S'id'\ntR.", kPickleRunsCode);
  expect_hostile("N.some text, then cos\nsystem\n(S'id'\ntR.", kPickleRunsCode);
}

TEST(PicklesInARow, AreAllJudged) {
  expect_clean(bytes_of("\x80\x02N.\x80\x02N."));
  expect_hostile(bytes_of("\x80\x02N.\x80\x02"
                          "cos\nsystem\n)R."),
                 kPickleRunsCode);
}

TEST(APickleBehindABreak, IsFound) {
  expect_hostile(bytes_of("\x80\x02\xff\xff\xff\x80\x02"
                          "cos\nsystem\n)R."),
                 kPickleRunsCode);
}

TEST(APickleBehindAPrefix, IsFound) {
  const std::string hidden = std::string(100'000, 'x') + "cposix\nsystem\n(S'id'\ntR." + "yyy";
  Findings findings;
  const io::MemoryReader reader{as_bytes(hidden)};
  ASSERT_TRUE(judge_hidden_pickles(reader, 0, hidden.size(), findings).has_value());
  EXPECT_TRUE(tells(findings, kPickleRunsCode)) << said(findings);
}

TEST(APickleAcrossTwoBlocks, IsFound) {
  const std::string payload = bytes_of("\x80\x04") + global("os", "system") + bytes_of(")R.");
  const std::string hidden = std::string((1u << 20) - 10, 'x') + payload;
  Findings findings;
  const io::MemoryReader reader{as_bytes(hidden)};
  ASSERT_TRUE(judge_hidden_pickles(reader, 0, hidden.size(), findings).has_value());
  EXPECT_TRUE(tells(findings, kPickleRunsCode)) << said(findings);
}

TEST(APickleInAConstant, IsJudged) {
  const std::string inner = bytes_of(
      "\x80\x02"
      "cos\nsystem\n(S'id'\ntR.");
  expect_hostile(bytes_of("\x80\x03"
                          "C") +
                     static_cast<char>(inner.size()) + inner + ".",
                 kPickleRunsCode);
  const std::string old = "cos\nsystem\n(S'id'\ntR.";
  expect_hostile(proto4(text(old)), kPickleRunsCode);
  expect_hostile("S'\\x80\\x02cos\\nsystem\\n)R.'\n.", kPickleRunsCode);
  expect_hostile("V\\u0080\\u0002cos\\u000asystem\\u000a)R.\n.", kPickleRunsCode);
  const std::string unknown = bytes_of(
      "\x80\x02"
      "cmy_library\nThing\n)R.");
  expect_suspicious(bytes_of("\x80\x03"
                             "C") +
                        static_cast<char>(unknown.size()) + unknown + ".",
                    kPickleInside);
}

TEST(ACleanPickleInAConstant, IsClean) {
  expect_clean(
      bytes_of("\x80\x03"
               "C\x04\x80\x02N.."));
}

TEST(BuildingOnAModuleOrClass, IsHostile) {
  expect_hostile(proto4(global("torch", "Tensor") + "}" + text("a") + text("b") + "sb"),
                 kPickleChangesGlobal);
  expect_hostile(proto4(kOrderedDict + text("a") + text("b") + "s"), kPickleChangesGlobal);
  expect_hostile(proto4(kOrderedDict + text("a") + "a"), kPickleChangesGlobal);
}

TEST(AStateThatSetsWhatRunsCode, IsHostile) {
  for (const char* name : {"__class__", "__setstate__", "__reduce__", "__call__", "__dict__"}) {
    expect_hostile(proto4(kOrderedDict + ")R}" + text(name) + "Nsb"), kPickleSpecialAttribute);
    expect_hostile(proto4(kOrderedDict + ")RN}" + text(name) + bytes_of("Ns\x86") + "b"),
                   kPickleSpecialAttribute);
    expect_hostile(proto4(kOrderedDict + ")R" + kOrderedDict + ")R" + text(name) + "Nsb"),
                   kPickleSpecialAttribute);
  }
}

TEST(AStateWhoseNamesAreComputed, IsSuspicious) {
  const std::string made =
      global("_codecs", "encode") + text("x") + text("latin1") + bytes_of("\x86R");
  expect_suspicious(proto4(kOrderedDict + ")R}" + made + "Nsb"), kPickleUnlistedUse);
}

TEST(CallingWhatWasMade, IsHostile) {
  expect_hostile(proto4(kOrderedDict + ")R)R"), kPickleCallsComputed);
}

TEST(TheToolsOfAttackers, AreHostile) {
  for (const auto& [module, name] : {std::pair{"operator", "attrgetter"},
                                     {"operator", "methodcaller"},
                                     {"_operator", "attrgetter"},
                                     {"builtins", "getattr"},
                                     {"builtins", "eval"},
                                     {"__builtin__", "execfile"},
                                     {"pkgutil", "resolve_name"},
                                     {"importlib", "import_module"},
                                     {"runpy", "run_path"},
                                     {"pickle", "loads"},
                                     {"_pickle", "Unpickler"},
                                     {"torch", "load"},
                                     {"numpy", "load"},
                                     {"ctypes", "CDLL"},
                                     {"sys", "modules"},
                                     {"nt", "system"},
                                     {"types", "CodeType"},
                                     {"torch.hub", "load"},
                                     {"torch.fx.graph_module", "reduce_graph_module"},
                                     {"numpy.f2py.capi_maps", "getinit"},
                                     {"socket", "create_connection"},
                                     {"shutil", "rmtree"},
                                     {"builtins", "open"},
                                     {"cloudpickle.cloudpickle", "_make_function"}}) {
    expect_hostile(proto4(global(module, name)), kPickleDangerousGlobal);
  }
}

TEST(AnyOtherPartOfPythonsLibrary, IsHostileWhenCalledAndSuspiciousWhenNamed) {
  expect_suspicious(proto4(global("json", "loads")), kPickleUnlistedGlobal);
  expect_hostile(proto4(global("json", "loads") + text("1") + bytes_of("\x85R")), kPickleRunsCode);
  expect_hostile(proto4(global("builtins", "print") + ")R"), kPickleRunsCode);
}

TEST(APartialOfSomethingHarmless, IsOnlySuspicious) {
  expect_suspicious(proto4(global("functools", "partial") + kOrderedDict + bytes_of("\x85R")),
                    kPickleUnlistedCall);
}

TEST(AClassOfNobodyKnowsWhom, IsSuspicious) {
  expect_suspicious(proto4(global("my_library", "Model") + bytes_of(")\x81}b")),
                    kPickleUnlistedCall);
}

TEST(ANameInDisguise, IsHostile) {
  expect_hostile("cos \nsystem\n.", kPickleHiddenName);
  expect_hostile("cOS\nsystem\n.", kPickleHiddenName);
  expect_hostile("cos\r\nsystem\r\n.", kPickleHiddenName);
}

TEST(ANameInLookAlikes, IsNeverClean) {
  expect_suspicious("c\xd0\xbes\nsystem\n.", kPickleUnlistedGlobal);
  expect_suspicious("ccollections\nOrderedDi\xd1\x81t\n.", kPickleUnlistedGlobal);
  expect_suspicious("ccollections\norderedDict\n.", kPickleUnlistedGlobal);
}

TEST(TheListedCodec, IsLatin1AndNoOther) {
  const std::string encode = global("_codecs", "encode");
  expect_clean(proto4(encode + text("abc") + text("latin1") + bytes_of("\x86R")));
  expect_suspicious(proto4(encode + text("abc") + text("zlib") + bytes_of("\x86R")),
                    kPickleUnlistedUse);
  expect_suspicious(proto4(encode + text("abc") + bytes_of("\x85R")), kPickleUnlistedUse);
}

TEST(AListedClassWithArgumentsThatBite, IsSuspicious) {
  expect_suspicious(proto4(global("builtins", "bytearray") + bytes_of("J\xff\xff\xff\x7f\x85R")),
                    kPickleUnlistedUse);
  expect_suspicious(proto4(global("builtins", "list") + global("builtins", "range") +
                           bytes_of("J\xff\xff\xff\x7f\x85R\x85R")),
                    kPickleUnlistedUse);
  expect_clean(proto4(global("builtins", "bytearray") + bytes_of("C\x01z\x85R")));
}

TEST(KeywordArguments, AreNotListed) {
  expect_suspicious(proto4(kOrderedDict + ")}" + text("a") + bytes_of("Ns\x92")),
                    kPickleUnlistedUse);
  expect_clean(proto4(kOrderedDict + bytes_of(")}\x92")));
}

// numpy.dtype with its state: (3, '|', None, None, None, -1, -1, flags).
std::string dtype(std::string_view name, int flags) {
  return global("numpy", "dtype") + text(name) + bytes_of("\x89\x88\x87R(K\x03") + text("|") +
         bytes_of("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK") + static_cast<char>(flags) + "tb";
}
std::string array_of(const std::string& type, std::string_view content) {
  return global("numpy.core.multiarray", "_reconstruct") + global("numpy", "ndarray") +
         bytes_of(
             "K\x00\x85"
             "C\x01"
             "b\x87R(K\x01K\x01\x85") +
         type + bytes_of("\x89") + std::string(content) + "tb";
}

TEST(AnArrayOfNumpy, IsClean) {
  expect_clean(proto4(array_of(dtype("f4", 0), bytes_of("C\x04\0\0\0\0"))));
  expect_clean(proto4(array_of(dtype("O8", 63), "]Na")));
}

TEST(BytesThatNumpyWouldTakeForPointers, AreNeverClean) {
  expect_suspicious(proto4(array_of(dtype("O8", 63), bytes_of("C\x08"
                                                              "12345678"))),
                    kPickleUnlistedUse);
  expect_suspicious(proto4(array_of(dtype("O8", 0), bytes_of("C\x08"
                                                             "12345678"))),
                    kPickleUnlistedUse);
  expect_suspicious(proto4(array_of(dtype("V8", 63), bytes_of("C\x08"
                                                              "12345678"))),
                    kPickleUnlistedUse);
  expect_suspicious(proto4(global("numpy", "dtype") + text("f4,O8") + bytes_of("\x85R")),
                    kPickleUnlistedUse);
}

TEST(ADtypeChangedAfterUse, IsNeverClean) {
  const std::string type = dtype("V8", 0);
  const std::string again =
      bytes_of("h\x00(K\x03") + text("|") + bytes_of("NNNJ\x08\0\0\0J\x01\0\0\0K\x00tb0");
  expect_suspicious(proto4(array_of(type + bytes_of("q\x00"), bytes_of("C\x08"
                                                                       "12345678")) +
                           again),
                    kPickleUnlistedUse);
}

TEST(AnObjectInsideAnArray, IsJudged) {
  expect_hostile(proto4(array_of(dtype("O8", 63), "]" + global("os", "system") + ")Ra")),
                 kPickleRunsCode);
}

TEST(AFunctionHandedToARebuilder, HasToBeListed) {
  const std::string rebuild = global("torch._tensor", "_rebuild_from_type_v2");
  expect_clean(proto4(rebuild + "(" + kOrderedDict + global("torch", "Tensor") + ")}tR"));
  expect_suspicious(
      proto4(rebuild + "(" + global("my_library", "f") + global("torch", "Tensor") + ")}tR"),
      kPickleUnlistedUse);
  expect_hostile(
      proto4(rebuild + "(" + global("os", "system") + global("torch", "Tensor") + ")}tR"),
      kPickleDangerousGlobal);
}

TEST(AStateHandedToARebuilder, IsLookedThrough) {
  const std::string rebuild = global("torch._tensor", "_rebuild_from_type_v2") + "(" +
                              kOrderedDict + global("torch", "Tensor") + ")}";
  expect_clean(proto4(rebuild + text("note") + "NstR"));
  expect_hostile(proto4(rebuild + text("__class__") + "NstR"), kPickleSpecialAttribute);
}

TEST(AnInstanceByCopyreg, HasToBeOfAListedClass) {
  const std::string make = "ccopy_reg\n_reconstructor\n(";
  expect_clean(make + "cargparse\nNamespace\nc__builtin__\nobject\nNtR(dS'lr'\nF0.1\nsb.");
  expect_suspicious(make + "cmy_library\nThing\nc__builtin__\nobject\nNtR.", kPickleUnlistedUse);
}

}  // namespace
}  // namespace strongroom::model
