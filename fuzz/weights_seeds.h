#ifndef STRONGROOM_FUZZ_WEIGHTS_SEEDS_H_
#define STRONGROOM_FUZZ_WEIGHTS_SEEDS_H_

#include <string>

#include "model/structure_for_test.h"

/// Small whole files of weights, one of each format.
namespace strongroom::fuzz {

inline std::string safetensors_seed() {
  return model::Written()
      .text(
          R"({"__metadata__":{"a":"\u00e9"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
          R"("v":{"dtype":"F4","shape":[4],"data_offsets":[8,10]}}  )")
      .zeroes(10)
      .bytes();
}

inline std::string gguf_seed(std::uint64_t alignment) {
  model::Written file;
  file.raw("GGUF").number(3, 4).number(2, 8).number(4, 8);
  file.text("general.architecture").number(8, 4).text("llama");
  file.text("general.alignment").number(4, 4).number(alignment, 4);
  file.text("tokens").number(9, 4).number(8, 4).number(2, 8).text("a").text("b");
  file.text("nested").number(9, 4).number(9, 4).number(1, 8).number(5, 4).number(1, 8).zeroes(4);
  file.text("w").number(2, 4).number(32, 8).number(2, 8).number(2, 4).number(0, 8);
  file.text("v").number(1, 4).number(3, 8).number(0, 4).number(alignment < 64 ? 64 : alignment, 8);
  file.pad_to(alignment).zeroes(36).pad_to(alignment).zeroes(12);
  return file.bytes();
}

inline std::string npy_seed(std::string_view descr, std::size_t bytes) {
  const std::string header =
      "{'descr': " + std::string(descr) + ", 'fortran_order': True, 'shape': (2, 3), }    \n";
  return model::Written()
      .raw("\x93NUMPY")
      .number(1, 2)
      .number(header.size(), 2)
      .raw(header)
      .zeroes(bytes)
      .bytes();
}

inline std::string onnx_seed() {
  using model::Message;
  const Message raw = Message().number(1, 2).number(2, 1).bytes(8, "w").bytes(9, "12345678");
  Message far = Message().number(1, 1).number(2, 1).bytes(8, "v").number(14, 1);
  far.message(13, Message().bytes(1, "location").bytes(2, "far.bin"));
  far.message(13, Message().bytes(1, "offset").bytes(2, "0"));
  const Message typed = Message().bytes(1, "\1").number(2, 7).bytes(7, "\5").bytes(8, "t");
  const Message branch =
      Message().bytes(1, "body").message(6, Message().message(5, raw)).number(20, 5);
  Message graph = Message().message(1, Message().bytes(4, "If").message(5, branch));
  graph.message(5, raw).message(5, far).message(5, typed);
  graph.message(15, Message().message(1, Message(raw).bytes(12, "")).number(3, 4));
  return Message()
      .number(1, 8)
      .message(7, graph)
      .message(8, Message().number(2, 17))
      .message(14, Message().bytes(1, "k").bytes(2, "v"))
      .encoded();
}

constexpr std::string_view kConfigSeed =
    R"({"model_type":"llama","architectures":["L"],"auto_map":{"AutoModel":"m.X"},)"
    R"("chat_template":[{"name":"a","template":"{{ \"b\" }}"}],"auto_mapping":{"parent_library":"x"}})";
constexpr std::string_view kIndexSeed =
    R"({"metadata":{"total_size":4},"weight_map":{"w":"model-1.safetensors","\u0076":"../x"}})";

}  // namespace strongroom::fuzz

#endif  // STRONGROOM_FUZZ_WEIGHTS_SEEDS_H_
