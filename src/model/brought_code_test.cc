#include "model/brought_code.h"

#include <gtest/gtest.h>

#include "model/structure_for_test.h"
#include "model/zip_for_test.h"

namespace strongroom::model {
namespace {

std::string rules(FileKind kind, std::string_view bytes) {
  Findings findings;
  EXPECT_TRUE(judge_brought_code(kind, io::MemoryReader(as_bytes(bytes)), findings).has_value());
  std::string ids;
  for (const Finding& finding : findings.all())
    ids += (ids.empty() ? "" : " ") + std::string(finding.rule->id);
  return ids;
}
std::string rules_of_h5(const std::string& json) {
  return rules(FileKind::kHdf5, "\x89HDF\r\n\x1a\n" + std::string(99, '\xff') + json + "\0{\"x");
}
std::string rules_of_keras(std::string config) {
  return rules(FileKind::kKerasZip,
               hand_made::zip({hand_made::stored("metadata.json", "{}"),
                               hand_made::packed("config.json", std::move(config))}));
}
/// A SavedModel with that operator in its graph, or in a function of it.
std::string saved_model(std::string_view name, bool in_function) {
  const Message node = Message().bytes(1, "n").bytes(2, name);
  const Message library = Message().message(1, Message().message(1, Message()).message(3, node));
  const Message graph = in_function ? Message().message(2, library) : Message().message(1, node);
  return Message()
      .number(1, 1)
      .message(2, Message().message(1, Message().bytes(4, "serve")).message(2, graph))
      .encoded();
}

constexpr std::string_view kDense =
    R"({"module":"keras.layers","class_name":"Dense","config":{"name":"d","units":3,"dtype":)"
    R"({"module":"keras","class_name":"DTypePolicy","config":{"name":"float32"}}}})";

TEST(KerasModel, OfKerassOwnLayersIsClean) {
  EXPECT_EQ(rules_of_keras(std::string(kDense)), "");
  EXPECT_EQ(rules_of_h5(std::string(kDense)), "");
}

TEST(KerasModel, WithALambdaLayerIsHostile) {
  EXPECT_EQ(rules_of_keras(R"({"class_name":"Lambda","config":{"function":{"class_name":)"
                           R"("__lambda__","config":{"code":"4wEA"}}}})"),
            "keras-lambda keras-lambda");
  EXPECT_EQ(rules_of_h5(R"({"class_name":"Lambda","config":{"function":["4wEA",null,null]}})"),
            "keras-lambda");
}

TEST(KerasModel, WithALambdaLayerBehindEscapesIsHostile) {
  EXPECT_EQ(rules_of_h5(R"({ "class\u005fname" : "\u004cambda"})"), "keras-lambda");
}

TEST(KerasModel, WithAClassOfAnotherModuleIsSuspicious) {
  EXPECT_EQ(rules_of_keras(R"({"module":"their.layers","class_name":"Theirs"})"),
            "keras-foreign-module");
}

TEST(KerasModel, ThatCallsPythonsOwnIsHostile) {
  EXPECT_EQ(rules_of_keras(R"({"layers":[{"module":"builtins","class_name":"function",)"
                           R"("config":"exec","registered_name":"function"}]})"),
            "keras-runs-code");
  EXPECT_EQ(rules_of_keras(R"({"module":"os.path","class_name":"function","config":"x"})"),
            "keras-runs-code");
}

TEST(KerasModel, ThatSwitchesKerassGuardsOffIsHostile) {
  EXPECT_EQ(rules_of_keras(R"({"module":"keras.config","class_name":"function",)"
                           R"("config":"enable_unsafe_deserialization"})"),
            "keras-runs-code");
}

TEST(KerasModel, WithABrokenConfigurationIsUnreadable) {
  EXPECT_EQ(rules_of_keras("{"), "keras-unread");
  EXPECT_EQ(rules(FileKind::kKerasZip, "no archive"), "keras-unread");
}

TEST(KerasModelInHdf5, IsFoundAcrossTheWindowsEdge) {
  const std::string lambda = R"({"class_name":"Lambda","config":{}})";
  for (const std::size_t before : {(4u << 20) - 1, (4u << 20) - 5, (4u << 20) - 38, 4u << 20}) {
    EXPECT_EQ(rules(FileKind::kHdf5, std::string(before, 'x') + lambda + std::string(9, 'x')),
              "keras-lambda")
        << before;
  }
}

TEST(KerasModelInHdf5, FullOfBeginningsOfJsonIsUnreadableAndNotReadForEver) {
  std::string bytes;
  while (bytes.size() < (1u << 20)) bytes += R"({"a":[{"b":)";
  EXPECT_EQ(rules(FileKind::kHdf5, bytes), "keras-unread");
}

TEST(SavedModelGraph, OfHarmlessOperatorsIsClean) {
  EXPECT_EQ(rules(FileKind::kSavedModel, saved_model("MatMul", false)), "");
}

TEST(SavedModelGraph, ThatWritesFilesIsHostile) {
  EXPECT_EQ(rules(FileKind::kSavedModel, saved_model("WriteFile", false)), "graph-writes-files");
  EXPECT_EQ(rules(FileKind::kSavedModel, saved_model("WriteFile", true)), "graph-writes-files");
}

TEST(SavedModelGraph, ThatReadsFilesOrCallsPythonIsSuspicious) {
  EXPECT_EQ(rules(FileKind::kSavedModel, saved_model("ReadFile", true)), "graph-reads-files");
  EXPECT_EQ(rules(FileKind::kSavedModel, saved_model("MatchingFiles", false)), "graph-reads-files");
  EXPECT_EQ(rules(FileKind::kSavedModel, saved_model("EagerPyFunc", false)), "graph-runs-python");
}

TEST(SavedModelGraph, CutWithinIsUnreadable) {
  const std::string bytes = saved_model("MatMul", true);
  for (std::size_t length = 3; length < bytes.size(); ++length) {
    EXPECT_EQ(rules(FileKind::kSavedModel, bytes.substr(0, length)), "graph-malformed") << length;
  }
}

}  // namespace
}  // namespace strongroom::model
