#include <gtest/gtest.h>

#include "model/numpy.h"
#include "model/structure_for_test.h"
#include "model/zip_for_test.h"

namespace strongroom::model {
namespace {

std::string npy(const std::string& dictionary, std::size_t data_bytes, unsigned version = 1) {
  Written file;
  file.raw("\x93NUMPY").number(version, 1).number(0, 1);
  const std::string header = dictionary + "\n";
  file.number(header.size(), version == 1 ? 2 : 4).raw(header);
  return file.zeroes(data_bytes).bytes();
}
std::string array_of(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': " + descr + ", 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }";
}
Seen see(const std::string& dictionary, std::size_t data_bytes, unsigned version = 1) {
  return see(FileKind::kNumpy, npy(dictionary, data_bytes, version));
}
const std::string kUsual = array_of("'<f4'", "(2, 3)");

TEST(NumpyFile, TellsItsOneArray) {
  const Seen seen = see(kUsual + "     ", 24);
  ASSERT_TRUE(seen.is_read()) << seen.structure.error().context;
  EXPECT_EQ(seen.rules(), "");
  ASSERT_EQ(seen.structure->tensors.size(), 1u);
  const Tensor& tensor = seen.structure->tensors[0];
  EXPECT_EQ(tensor.type, ElementType::kF32);
  EXPECT_EQ(tensor.shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_TRUE(tensor.strides.empty());
  EXPECT_EQ(tensor.bytes, 24u);
  EXPECT_EQ(tensor.offset, npy(kUsual + "     ", 0).size());
}

TEST(NumpyFile, OfVersions2And3HasALongerLength) {
  EXPECT_TRUE(see(kUsual, 24, 2).is_read());
  EXPECT_TRUE(see(kUsual, 24, 3).is_read());
  EXPECT_EQ(see(kUsual, 24, 4).rules(), "numpy-malformed");
}

TEST(NumpyFile, InFortransOrderHasItsStrides) {
  const Seen seen = see(array_of("'<f4'", "(2, 3, 4)", true), 96);
  ASSERT_TRUE(seen.is_read());
  EXPECT_EQ(seen.structure->tensors[0].strides, (std::vector<std::uint64_t>{1, 2, 6}));
}

TEST(NumpyFile, OfWhatIsNoNumberOfOursIsReadAsBytes) {
  const Seen seen = see(array_of("'>f4'", "(2,)"), 8);
  ASSERT_TRUE(seen.is_read());
  EXPECT_EQ(seen.structure->tensors[0].type, ElementType::kU8);
  EXPECT_EQ(seen.structure->tensors[0].shape, (std::vector<std::uint64_t>{2, 4}));
  EXPECT_EQ(seen.structure->metadata.at("array.descr"), "'>f4'");
  EXPECT_TRUE(see(array_of("'|V2'", "(3,)"), 6).is_read());
  EXPECT_TRUE(see(array_of("'<U3'", "(1,)"), 12).is_read());
  EXPECT_TRUE(see(array_of("'<M8[ns]'", "(1,)"), 8).is_read());
}

TEST(NumpyFile, OfRecordsIsReadAsBytes) {
  const Seen seen =
      see(array_of("[('a', '<f4'), ('b', '|u1', (2, 2)), (('t', 'c'), '<i2')]", "(3,)"), 30);
  ASSERT_TRUE(seen.is_read()) << seen.rules();
  EXPECT_EQ(seen.structure->tensors[0].shape, (std::vector<std::uint64_t>{3, 10}));
}

TEST(NumpyFile, OfObjectsHasNoTensorAndTellsWhereThePickleBegins) {
  for (const char* descr : {"'|O'", "'O'", "[('a', '<f4'), ('b', 'O')]"}) {
    const std::string bytes = npy(array_of(descr, "(1,)"), 10);
    const Seen seen = see(FileKind::kNumpy, bytes);
    EXPECT_TRUE(seen.is_read()) << descr;
    EXPECT_TRUE(seen.structure->tensors.empty());
    EXPECT_EQ(seen.rules(), "") << descr;
    Findings findings;
    const Result<NumpyHeader> header = read_numpy_header(as_bytes(bytes), bytes.size(), findings);
    ASSERT_TRUE(header.has_value());
    EXPECT_TRUE(header->is_pickled);
    EXPECT_EQ(header->data_begins, bytes.size() - 10);
  }
}

TEST(NumpyFile, CutAnywhereIsNeverTakenForWhole) {
  const std::string bytes = npy(kUsual, 24);
  EXPECT_EQ(first_cut_taken_for_whole(FileKind::kNumpy, bytes), bytes.size());
}

TEST(NumpyFile, WithAnyBitTurnedNeverPointsOutsideItself) {
  const std::string bytes = npy(kUsual, 24);
  EXPECT_EQ(first_flip_that_misleads(FileKind::kNumpy, bytes), 8 * bytes.size());
}

TEST(NumpyFile, ThatGoesOnBehindItsArrayIsSuspicious) {
  EXPECT_EQ(see(kUsual, 25).rules(), "numpy-hole");
}

TEST(NumpyHeader, LongerThanItsBoundIsTooLarge) {
  const Seen seen = see(kUsual + std::string(70'000, ' '), 24, 2);
  EXPECT_EQ(seen.rules(), "numpy-header-too-large");
  EXPECT_EQ(seen.structure.error().code, ErrorCode::kTooLarge);
}

TEST(NumpyHeader, ThatSaysAThingTwiceIsHostile) {
  EXPECT_EQ(
      see("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}", 4).rules(),
      "numpy-duplicate");
}

TEST(NumpyHeader, ThatIsNoPlainDictIsMalformed) {
  for (const std::string dictionary :
       {"{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'run': 1}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + exit()",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<z4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f4'] , 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "", "{}", "{"}) {
    EXPECT_EQ(see(dictionary, 4).rules(), "numpy-malformed") << dictionary;
  }
}

TEST(NumpyHeader, WithRecordsTooDeepInRecordsIsMalformed) {
  std::string descr = "'<f4'";
  for (int i = 0; i < 40; ++i) descr = "[('a', " + descr + ")]";
  EXPECT_EQ(see(array_of(descr, "(1,)"), 4).rules(), "numpy-malformed");
}

TEST(NumpyHeader, WhoseShapeOverflowsIsMalformed) {
  EXPECT_EQ(see(array_of("'<f8'", "(4294967296, 4294967296)"), 8).rules(), "numpy-malformed");
  EXPECT_EQ(see(array_of("'<f8'", "(4294967296, 4294967296)", true), 8).rules(), "numpy-malformed");
}

TEST(NumpyArchive, TellsItsArraysStoredAndDeflated) {
  const std::string bytes = hand_made::zip(
      {hand_made::stored("a/w.npy", npy(kUsual, 24)), hand_made::packed("b.npy", npy(kUsual, 24))});
  const Seen seen = see(FileKind::kNumpyZip, bytes);
  ASSERT_TRUE(seen.is_read()) << seen.rules();
  EXPECT_EQ(seen.rules(), "");
  ASSERT_EQ(seen.structure->tensors.size(), 2u);
  EXPECT_EQ(seen.structure->tensors[0].name, "a/w");
  EXPECT_EQ(seen.structure->tensors[0].offset, bytes.find("\x93NUMPY") + npy(kUsual, 0).size());
  EXPECT_FALSE(seen.structure->tensors[0].is_packed);
  EXPECT_EQ(seen.structure->tensors[1].name, "b");
  EXPECT_TRUE(seen.structure->tensors[1].is_packed);
  EXPECT_EQ(seen.structure->tensors[1].bytes, 24u);
}

TEST(NumpyArchive, WithABrokenArrayNamesItsMember) {
  const Seen seen = see(FileKind::kNumpyZip, hand_made::zip({hand_made::stored("w.npy", "x")}));
  EXPECT_FALSE(seen.is_read());
  ASSERT_FALSE(seen.findings.all().empty());
  EXPECT_EQ(seen.findings.all()[0].member, "w.npy");
}

}  // namespace
}  // namespace strongroom::model
