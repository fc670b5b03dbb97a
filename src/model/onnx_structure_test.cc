#include <gtest/gtest.h>

#include "model/external_path.h"
#include "model/structure_for_test.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kFloat = 1;
constexpr std::uint64_t kInt64 = 7;
constexpr std::uint64_t kString = 8;
constexpr std::uint64_t kUint4 = 21;

/// TensorProto without its bytes.
Message tensor(std::string_view name, const std::vector<std::uint64_t>& dims, std::uint64_t type) {
  Message message;
  for (const std::uint64_t size : dims) message.number(1, size);
  return message.number(2, type).bytes(8, name);
}
Message raw_tensor(std::string_view name, std::size_t floats) {
  return tensor(name, {floats}, kFloat).bytes(9, std::string(4 * floats, 'w'));
}
Message external_tensor(const std::vector<std::pair<std::string, std::string>>& entries) {
  Message message = tensor("far", {2, 3}, kFloat);
  for (const auto& [key, value] : entries)
    message.message(13, Message().bytes(1, key).bytes(2, value));
  return message.number(14, 1);
}
Message graph_of(const Message& tensor) { return Message().message(5, tensor); }
Message node(std::string_view type, std::string_view domain = "") {
  Message message = Message().bytes(1, "x").bytes(2, "y").bytes(4, type);
  if (!domain.empty()) message.bytes(7, domain);
  return message;
}
Message opset(std::string_view domain, std::uint64_t version) {
  Message message;
  if (!domain.empty()) message.bytes(1, domain);
  return message.number(2, version);
}
Message model_of(const Message& graph) {
  return Message().number(1, 8).bytes(2, "test").message(7, graph).message(8, opset("", 17));
}
Seen see(const Message& model) { return model::see(FileKind::kOnnx, model.encoded()); }
Seen see_tensor(const Message& tensor) { return see(model_of(graph_of(tensor))); }
Seen see_location(const std::string& location) {
  return see_tensor(external_tensor({{"location", location}}));
}

Message usual() {
  Message subgraph;
  subgraph.message(1, node("Add")).message(5, raw_tensor("w", 1));
  Message branch = node("If");
  branch.message(5, Message().bytes(1, "then_branch").message(6, subgraph).number(20, 5));
  Message constant = node("Constant");
  constant.message(5, Message().bytes(1, "value").message(5, raw_tensor("", 2)).number(20, 4));
  Message sparse;
  sparse.message(1, raw_tensor("s", 2))
      .message(2, tensor("", {2}, kInt64).bytes(7, std::string_view("\x01\x05", 2)))
      .number(3, 9);
  Message graph;
  graph.message(1, branch).message(1, constant).bytes(2, "g");
  graph.message(5, raw_tensor("w", 3));
  graph.message(5, tensor("typed", {2}, kFloat).bytes(4, "01234567"));
  graph.message(5, tensor("varints", {2}, kInt64).bytes(7, std::string_view("\x01\x05", 2)));
  graph.message(5, tensor("half", {3}, kUint4).bytes(9, "ab"));
  graph.message(5, tensor("words", {1}, kString).bytes(6, "hello"));
  graph.message(5,
                external_tensor({{"location", "far.bin"}, {"offset", "4096"}, {"length", "24"}}));
  graph.message(15, sparse);
  return model_of(graph);
}

const Tensor* find(const Seen& seen, std::string_view name) {
  for (const Tensor& tensor : seen.structure->tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

TEST(OnnxFile, TellsTheTensorsOfAllItsGraphs) {
  const Seen seen = see(usual());
  ASSERT_TRUE(seen.is_read()) << seen.structure.error().context;
  EXPECT_EQ(seen.rules(), "");
  EXPECT_EQ(seen.structure->version, 8u);
  EXPECT_EQ(seen.structure->metadata.at("onnx.producer_name"), "test");
  std::vector<std::string> names;
  for (const Tensor& tensor : seen.structure->tensors) names.push_back(tensor.name);
  names.back().resize(8);
  EXPECT_EQ(names, (std::vector<std::string>{"node 0/attribute 0/1/w", "node 1/attribute 0/1/", "w",
                                             "typed", "varints", "half", "far", "s", "indices@"}));
}

TEST(OnnxFile, TellsWhereItsTensorsLie) {
  const Message model = usual();
  const Seen seen = see(model);
  ASSERT_TRUE(seen.is_read());
  const Tensor* w = find(seen, "w");
  EXPECT_EQ(w->bytes, 12u);
  EXPECT_EQ(model.encoded().substr(w->offset, w->bytes), "wwwwwwwwwwww");
  const Tensor* typed = find(seen, "typed");
  EXPECT_EQ(model.encoded().substr(typed->offset, typed->bytes), "01234567");
  EXPECT_TRUE(find(seen, "varints")->is_packed);
  const Tensor* half = find(seen, "half");
  EXPECT_EQ(half->bytes, 2u);
  EXPECT_EQ(half->type, ElementType::kU4);
  const Tensor* far = find(seen, "far");
  EXPECT_EQ(far->external, "far.bin");
  EXPECT_EQ(far->offset, 4096u);
  EXPECT_EQ(far->bytes, 24u);
  EXPECT_EQ(far->shape, (std::vector<std::uint64_t>{2, 3}));
}

TEST(OnnxFile, CutAnywhereIsNeverTakenForWhole) {
  const std::string bytes = usual().encoded();
  EXPECT_EQ(first_cut_taken_for_whole(FileKind::kOnnx, bytes), bytes.size());
}

TEST(OnnxFile, WithAnyBitTurnedNeverPointsOutsideItself) {
  const std::string bytes = usual().encoded();
  EXPECT_EQ(first_flip_that_misleads(FileKind::kOnnx, bytes), 8 * bytes.size());
}

TEST(OnnxLocation, OutsideTheModelsFolderIsHostile) {
  for (const char* location :
       {"../secrets.bin", "a/../../b", "/etc/passwd", "..\\b", "C:\\b", "C:b", "file:///b",
        "https://x.example/b", "a//b", "./b", "a/.", "~/b", "a\nb", "\xff"}) {
    const Seen seen = see_location(location);
    EXPECT_EQ(seen.rules(), "onnx-location") << location;
    EXPECT_EQ(seen.findings.verdict(), Verdict::kHostile) << location;
    EXPECT_TRUE(seen.is_read()) << location;
  }
}

TEST(OnnxLocation, InsideTheModelsFolderIsNot) {
  for (const char* location : {"weights.bin", "deep/er/weights", "..weights", "w..bin", "ä"}) {
    EXPECT_EQ(see_location(location).rules(), "") << location;
  }
}

TEST(OnnxLocation, ThatIsEmptyIsNotTakenForThisFile) {
  EXPECT_EQ(see_location("").rules(), "onnx-location");
  EXPECT_FALSE(see_location("").is_read());
}

TEST(OnnxLocation, LongerThanAnyPathIsHostile) {
  EXPECT_EQ(see_location(std::string(1'025, 'a')).rules(), "onnx-location");
}

TEST(OnnxLocation, OfATensorOfTextsIsCheckedToo) {
  Message texts = tensor("t", {1}, kString);
  texts.message(13, Message().bytes(1, "location").bytes(2, "../x")).number(14, 1);
  EXPECT_EQ(see_tensor(texts).rules(), "onnx-location");
}

TEST(OnnxLocation, OfSparseTensorsIsCheckedToo) {
  const Message sparse = Message().message(1, external_tensor({{"location", "../x"}}));
  EXPECT_EQ(see(model_of(Message().message(15, sparse))).rules(), "onnx-location");
}

TEST(OnnxLocation, OfATensorForTrainingIsCheckedToo) {
  Message model = model_of(graph_of(raw_tensor("w", 1)));
  model.message(20, Message().message(2, graph_of(external_tensor({{"location", "/x"}}))));
  EXPECT_EQ(see(model).rules(), "onnx-location");
}

TEST(OnnxLocation, OfATensorInAFunctionIsCheckedToo) {
  Message constant = node("Constant");
  constant.message(5, Message().message(5, external_tensor({{"location", "../x"}})));
  Message model = model_of(graph_of(raw_tensor("w", 1)));
  model.message(25, Message().bytes(1, "f").message(7, constant).bytes(10, "own"));
  EXPECT_EQ(see(model).rules(), "onnx-location");
}

TEST(OnnxLocation, SaidTwiceIsHostile) {
  EXPECT_EQ(see_tensor(external_tensor({{"location", "a"}, {"location", "b"}})).rules(),
            "onnx-duplicate");
}

TEST(OnnxLocation, ThatIsMissingIsMalformed) {
  EXPECT_EQ(see_tensor(external_tensor({{"offset", "0"}})).rules(), "onnx-malformed");
}

TEST(OnnxLocation, NamedButNotUsedIsSuspicious) {
  Message both = raw_tensor("w", 1);
  both.message(13, Message().bytes(1, "location").bytes(2, "x"));
  EXPECT_EQ(see_tensor(both).rules(), "onnx-hidden-external");
}

TEST(OnnxLocation, BesideRawBytesIsSuspicious) {
  Message both = external_tensor({{"location", "x"}});
  both.bytes(9, "raw");
  EXPECT_EQ(see_tensor(both).rules(), "onnx-hidden-external");
}

TEST(OnnxLocation, WithUnknownWordsIsSuspicious) {
  EXPECT_EQ(see_tensor(external_tensor({{"location", "x"}, {"__class__", "y"}})).rules(),
            "onnx-unknown-field");
}

TEST(OnnxPlaceInAnotherFile, ThatIsNoNumberIsMalformed) {
  for (const char* offset : {"-1", "1.5", "", "1 ", "0x10", "99999999999999999999"}) {
    EXPECT_EQ(see_tensor(external_tensor({{"location", "x"}, {"offset", offset}})).rules(),
              "onnx-malformed")
        << offset;
  }
}

TEST(OnnxPlaceInAnotherFile, OfAnotherLengthThanTheShapeNeedsIsALie) {
  EXPECT_EQ(see_tensor(external_tensor({{"location", "x"}, {"length", "23"}})).rules(),
            "onnx-size-lie");
}

TEST(OnnxPlaceInAnotherFile, BeyondAnyFileIsALie) {
  EXPECT_EQ(
      see_tensor(external_tensor({{"location", "x"}, {"offset", "18446744073709551600"}})).rules(),
      "onnx-size-lie");
}

TEST(OnnxTensor, WhoseBytesDoNotFitItsShapeIsALie) {
  EXPECT_EQ(see_tensor(tensor("w", {2}, kFloat).bytes(9, "1234")).rules(), "onnx-size-lie");
  EXPECT_EQ(see_tensor(tensor("w", {2}, kFloat).bytes(4, "1234")).rules(), "onnx-size-lie");
  EXPECT_EQ(see_tensor(tensor("w", {2}, kInt64).bytes(7, "1")).rules(), "onnx-size-lie");
  EXPECT_EQ(see_tensor(tensor("w", {2}, kFloat)).rules(), "onnx-size-lie");
}

TEST(OnnxTensor, WithNumbersOfAnotherTypeIsALie) {
  EXPECT_EQ(see_tensor(tensor("w", {1}, kInt64).bytes(4, "1234")).rules(), "onnx-size-lie");
}

TEST(OnnxTensor, WhoseShapeOverflowsIsALie) {
  EXPECT_EQ(see_tensor(tensor("w", {1ull << 40, 1ull << 40}, kFloat).bytes(9, "")).rules(),
            "onnx-size-lie");
}

TEST(OnnxTensor, OfANegativeSizeIsMalformed) {
  EXPECT_EQ(see_tensor(tensor("w", {~std::uint64_t{0}}, kFloat)).rules(), "onnx-malformed");
}

TEST(OnnxTensor, OfAnUnknownTypeIsMalformed) {
  EXPECT_EQ(see_tensor(tensor("w", {1}, 0).bytes(9, "1234")).rules(), "onnx-malformed");
  EXPECT_EQ(see_tensor(tensor("w", {1}, 27).bytes(9, "1234")).rules(), "onnx-malformed");
}

TEST(OnnxTensor, WhoseBytesStandTwiceIsHostile) {
  EXPECT_EQ(see_tensor(raw_tensor("w", 1).bytes(9, "1234")).rules(), "onnx-duplicate");
}

TEST(OnnxTensor, ThatStandsTwiceIsHostile) {
  Message graph = graph_of(raw_tensor("w", 1));
  graph.message(5, raw_tensor("w", 1));
  EXPECT_EQ(see(model_of(graph)).rules(), "onnx-duplicate");
}

TEST(OnnxModel, WithTwoGraphsIsHostile) {
  Message model = model_of(graph_of(raw_tensor("w", 1)));
  model.message(7, graph_of(raw_tensor("v", 1)));
  EXPECT_EQ(see(model).rules(), "onnx-duplicate");
}

TEST(OnnxModel, WithFieldsThatOnnxDoesNotHaveIsSuspicious) {
  Message model = model_of(graph_of(raw_tensor("w", 1)));
  model.bytes(1000, "payload");
  EXPECT_EQ(see(model).rules(), "onnx-unknown-field");
}

TEST(OnnxModel, WithWrongOrUnknownWireTypesIsMalformed) {
  Message model = model_of(graph_of(raw_tensor("w", 1)));
  EXPECT_EQ(see(Message(model).number(2, 5)).rules(), "onnx-malformed");
  for (const unsigned wire_type : {3u, 4u, 6u, 7u}) {
    EXPECT_EQ(see(Message(model).tag(50, wire_type)).rules(), "onnx-malformed") << wire_type;
  }
  EXPECT_EQ(see(Message(model).tag(0, 0).varint(1)).rules(), "onnx-malformed");
}

TEST(OnnxModel, WithANumberOfElevenBytesIsMalformed) {
  Message model = Message().raw("\x08").raw(std::string(10, '\xff')).raw("\x01");
  EXPECT_EQ(see(model).rules(), "onnx-malformed");
}

TEST(OnnxModel, WithGraphsTooDeepInGraphsIsTooLarge) {
  Message graph = graph_of(raw_tensor("w", 1));
  for (int i = 0; i < 30; ++i) {
    Message outer = node("If");
    outer.message(5, Message().message(6, graph));
    graph = Message().message(1, outer);
  }
  EXPECT_EQ(see(model_of(graph)).rules(), "onnx-too-large");
}

TEST(OnnxModel, WithOperatorsThatNoRuntimeBringsIsSuspicious) {
  Message model = model_of(Message().message(1, node("Run", "evil.example")));
  model.message(8, opset("evil.example", 1));
  EXPECT_EQ(see(model).rules(), "onnx-custom-domain");
}

TEST(OnnxModel, WithOperatorsOfItsOwnFunctionsIsNot) {
  Message model = model_of(Message().message(1, node("Gelu", "own")));
  model.message(8, opset("own", 1));
  model.message(25, Message().bytes(1, "Gelu").message(7, node("Add")).bytes(10, "own"));
  EXPECT_EQ(see(model).rules(), "");
}

TEST(OnnxModel, ThatUsesWhatItDoesNotImportIsMalformed) {
  EXPECT_EQ(see(model_of(Message().message(1, node("Run", "com.microsoft")))).rules(),
            "onnx-malformed");
}

TEST(OnnxModel, WithMetadataTwiceIsHostile) {
  Message model = model_of(graph_of(raw_tensor("w", 1)));
  model.message(14, Message().bytes(1, "a").bytes(2, "1"));
  EXPECT_EQ(see(model).structure->metadata.at("a"), "1");
  model.message(14, Message().bytes(1, "a").bytes(2, "2"));
  EXPECT_EQ(see(model).rules(), "onnx-duplicate");
}

}  // namespace
}  // namespace strongroom::model
