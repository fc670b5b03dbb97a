// Each class of instruction, as CPython reads it, and where it breaks.
#include <gtest/gtest.h>

#include "model/pickle_for_test.h"

namespace strongroom::model {
namespace {

Verdict verdict_of(std::string_view pickle) { return judge(pickle).verdict(); }

/// `body` is wholly read and clean; and without its STOP it is unreadable.
void expect_clean(const std::string& pickle) {
  EXPECT_EQ(verdict_of(pickle), Verdict::kClean) << said(judge(pickle));
  EXPECT_EQ(verdict_of(pickle.substr(0, pickle.size() - 1)), Verdict::kUnreadable);
}

void expect_broken(const std::string& pickle, std::string_view says) {
  const Findings findings = judge(pickle);
  EXPECT_TRUE(tells(findings, kPickleBroken)) << said(findings);
  EXPECT_NE(said(findings).find(says), std::string::npos) << said(findings);
}

TEST(PickleNumbers, InEveryFormAreClean) {
  expect_clean("I-12\n.");
  expect_clean("I01\n.");
  expect_clean("L123456789012345678901234567890L\n.");
  expect_clean("F-1.5e10\n.");
  expect_clean("Fnan\n.");
  expect_clean(bytes_of("J\xff\xff\xff\xff."));
  expect_clean(bytes_of("K\x05."));
  expect_clean(bytes_of("M\x05\x01."));
  expect_clean(bytes_of("G\x3f\xf0\0\0\0\0\0\0."));
  expect_clean(bytes_of("\x80\x02\x8a\x02\xff\x7f."));
  expect_clean(bytes_of("\x80\x02\x8b\x02\0\0\0\xff\x7f."));
  expect_clean(bytes_of("\x80\x02\x88."));
  expect_clean("N.");
}

TEST(ANumberThatOnlySomeReadersTake, IsSuspicious) {
  for (const char* pickle :
       {"I1_0\n.", "I 1\n.", "I0x10\n.", "L007L\n.", "F1_0.5\n.", "F1.0 \n."}) {
    EXPECT_TRUE(tells(judge(pickle), kPickleReadersDisagree)) << pickle;
  }
}

TEST(ANumberThatNoReaderTakes, Breaks) {
  expect_broken("Ione\n.", "INT at byte 0 holds no number");
  expect_broken("Lx\n.", "LONG at byte 0 holds no number");
}

TEST(PickleTexts, InEveryFormAreClean) {
  expect_clean("S'a\\x41\\'\\n'\n.");
  expect_clean("V\\u0041b\\U0001f600\n.");
  expect_clean(bytes_of("X\x01\0\0\0a."));
  expect_clean(bytes_of("\x80\x04\x8c\x01z."));
  expect_clean(bytes_of("\x80\x04\x8d\x01\0\0\0\0\0\0\0z."));
  expect_clean(bytes_of("T\x01\0\0\0a."));
  expect_clean(bytes_of("U\x01z."));
}

TEST(TextThatIsNotUtf8, Breaks) {
  expect_broken(bytes_of("X\x01\0\0\0\xff."), "not UTF-8");
  expect_broken(bytes_of("\x8c\x02\xc0\x80."), "not UTF-8");
}

TEST(ALoneSurrogate, IsTakenAsPickleTakesIt) { expect_clean(bytes_of("\x8c\x03\xed\xa0\x80.")); }

TEST(AStringWithoutItsQuotes, Breaks) {
  expect_broken("Sabc\n.", "STRING at byte 0");
  expect_broken("S'abc\n.", "STRING at byte 0");
  expect_broken("S'\\x4'\n.", "STRING at byte 0");
}

TEST(AnEscapeBeyondUnicode, Breaks) { expect_broken("V\\U00110000\n.", "UNICODE at byte 0"); }

TEST(ANegativeLength, Breaks) {
  EXPECT_EQ(verdict_of(bytes_of("T\xff\xff\xff\xff.")), Verdict::kUnreadable);
  EXPECT_EQ(verdict_of(bytes_of("\x8b\xff\xff\xff\xff.")), Verdict::kUnreadable);
}

TEST(PickleBytes, InEveryFormAreClean) {
  expect_clean(
      bytes_of("\x80\x03"
               "B\x01\0\0\0\xff."));
  expect_clean(
      bytes_of("\x80\x03"
               "C\x01\xff."));
  expect_clean(bytes_of("\x80\x04\x8e\x01\0\0\0\0\0\0\0\xff."));
  expect_clean(bytes_of("\x80\x05\x96\x01\0\0\0\0\0\0\0\xff."));
}

TEST(ALengthBeyondTheFile, IsNamedWithItsOffset) {
  expect_broken(bytes_of("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f."), "BINBYTES8 at byte 2");
  expect_broken(bytes_of("X\xff\xff\xff\x7f"
                         "abc."),
                "BINUNICODE at byte 0");
}

TEST(PickleContainers, InEveryFormAreClean) {
  expect_clean("(lp0\nI1\na.");
  expect_clean("(dp0\nS'a'\nI1\ns.");
  expect_clean("(I1\nI2\nt.");
  expect_clean(
      bytes_of("](K\x01K\x02"
               "e."));
  expect_clean(bytes_of("}(K\x01K\x02u."));
  expect_clean(").");
  expect_clean(bytes_of("\x80\x02K\x01\x85."));
  expect_clean(bytes_of("\x80\x02K\x01K\x01\x86."));
  expect_clean(bytes_of("\x80\x02K\x01K\x01K\x01\x87."));
  expect_clean(bytes_of("\x80\x04\x8f(K\x01\x90."));
  expect_clean(bytes_of("\x80\x04(K\x01\x91."));
}

TEST(TheStack, IsNotReadBelowItsEndOrAMark) {
  expect_broken(".", "STOP at byte 0 finds nothing");
  expect_broken("0.", "POP at byte 0");
  expect_broken("1.", "POP_MARK at byte 0 finds no mark");
  expect_broken("2.", "DUP at byte 0");
  expect_broken("N(2.", "DUP at byte 2");
  expect_broken("t.", "TUPLE at byte 0 finds no mark");
  expect_broken(bytes_of("N(\x85."), "TUPLE1 at byte 2");
  expect_broken("]e.", "APPENDS at byte 1");
  expect_broken("](Na.", "APPEND at byte 3");
  expect_broken("(u.", "SETITEMS at byte 1 finds nothing");
  expect_broken("R.", "REDUCE at byte 0");
  expect_broken("Nb.", "BUILD at byte 1");
  expect_broken("(o.", "OBJ at byte 1");
  expect_broken(bytes_of("\x93."), "STACK_GLOBAL at byte 0");
  expect_broken("Q.", "BINPERSID at byte 0");
  expect_broken("p0\n.", "PUT at byte 0");
  expect_broken(bytes_of("\x94."), "MEMOIZE at byte 0");
  expect_broken(bytes_of("\x98."), "READONLY_BUFFER at byte 0");
}

TEST(ADictWithAKeyTooMany, Breaks) {
  expect_broken("(Nd.", "DICT at byte 2 finds a key without a value");
  expect_broken("}(Nu.", "SETITEMS at byte 3 finds a key without a value");
}

TEST(TheMemo, GivesWhatWasPut) {
  expect_clean("I1\np0\n0g0\n.");
  expect_clean(
      bytes_of("K\x01q\x00"
               "0h\x00."));
  expect_clean(
      bytes_of("K\x01r\x05\0\0\0"
               "0j\x05\0\0\0."));
  expect_clean(
      bytes_of("\x80\x04K\x01\x94"
               "0h\x00."));
}

TEST(AMemoNumberThatWasNeverPut, Breaks) {
  expect_broken("g7\n.", "GET at byte 0 asks for number 7 of the memo");
  expect_broken(bytes_of("h\x07."), "BINGET at byte 0 asks for number 7");
  expect_broken("g-1\n.", "GET at byte 0");
}

TEST(AMemoNumberFarBeyondTheFile, IsABombButStillFollowed) {
  const Findings findings =
      judge(bytes_of("cos\nsystem\nr\xff\xff\xff\xff"
                     "0j\xff\xff\xff\xff)R."));
  EXPECT_TRUE(tells(findings, kPickleMemoBomb)) << said(findings);
  EXPECT_TRUE(tells(findings, kPickleRunsCode)) << said(findings);
}

TEST(ProtocolsUpToFive, AreKnown) {
  expect_clean(bytes_of("\x80\x05N."));
  expect_broken(bytes_of("\x80\x06N."), "PROTO at byte 0 asks for protocol 6");
}

TEST(AByteThatIsNoInstruction, IsNamedWithItsOffset) {
  expect_broken(bytes_of("\x80\x04N\xff."), "holds 0xff, which is no instruction");
}

TEST(AValueLeftOnTheStack, IsSuspicious) {
  EXPECT_TRUE(tells(judge("NN."), kPickleReadersDisagree));
  EXPECT_TRUE(tells(judge("(N."), kPickleReadersDisagree));
}

TEST(AFrame, HoldsWholeInstructions) {
  const std::string frame = bytes_of("\x80\x04\x95") + count(2, 8) + "N.";
  expect_clean(frame);
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x04\x95") + count(2, 8) + bytes_of("X\x01\0\0\0a.")),
                    kPickleReadersDisagree));
  EXPECT_TRUE(
      tells(judge(bytes_of("\x80\x04\x95") + count(11, 8) + bytes_of("\x95") + count(1, 8) + "N."),
            kPickleReadersDisagree));
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x04\x95") + count(3, 8) + "N.N"), kPickleReadersDisagree));
}

TEST(AFrameBeyondTheFile, Breaks) {
  expect_broken(bytes_of("\x80\x04\x95") + count(1'000, 8) + "N.", "claims a frame of 1000 bytes");
}

TEST(ABufferFromOutside, IsSuspicious) {
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x05\x97.")), kPickleOutsideBuffer));
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x05\x97\x98.")), kPickleOutsideBuffer));
}

TEST(AnExtension, IsSuspicious) {
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x02\x82\x01.")), kPickleExtension));
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x02\x83\x01\0.")), kPickleExtension));
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x02\x84\x01\0\0\0.")), kPickleExtension));
  EXPECT_TRUE(tells(judge(bytes_of("\x80\x02\x82\x01)R.")), kPickleUnlistedCall));
}

TEST(APersistentId, IsOnlyCleanAsAStorageOfPyTorch) {
  EXPECT_TRUE(tells(judge("Pmine\n."), kPicklePersistentId));
  EXPECT_TRUE(tells(judge("S'mine'\nQ."), kPicklePersistentId));
  expect_clean(bytes_of("(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\ntQ."));
}

TEST(EveryWayToCall, IsJudged) {
  for (const std::string& pickle :
       {std::string("cos\nsystem\n(S'id'\ntR."), std::string("(S'id'\nios\nsystem\n."),
        std::string("(cos\nsystem\nS'id'\no."),
        bytes_of("\x80\x02"
                 "cos\nsystem\n(S'id'\nt\x81."),
        bytes_of("\x80\x04"
                 "cos\nsystem\n(S'id'\nt}\x92.")}) {
    const Findings findings = judge(pickle);
    EXPECT_TRUE(tells(findings, kPickleRunsCode)) << pickle;
    EXPECT_NE(said(findings).find("calls os.system with ('id')"), std::string::npos)
        << said(findings);
  }
}

TEST(AGlobalThatIsNotUtf8, Breaks) {
  expect_broken("c\xff\nsystem\n.", "GLOBAL at byte 0 has a name that is empty or not UTF-8");
  expect_broken("c\n\n.", "GLOBAL at byte 0 has a name that is empty");
}

}  // namespace
}  // namespace strongroom::model
