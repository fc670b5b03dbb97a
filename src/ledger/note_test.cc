#include "ledger/note.h"

#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/log_for_test.h"

namespace strongroom::ledger {
namespace {

// The key of the note that the standard shows, as Go's note package publishes it.
constexpr std::string_view kPeter =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPetersText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kPetersSignature =
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";

std::string signed_note(std::string text, std::initializer_list<const TestKey*> keys) {
  Note note{std::move(text), {}};
  for (const TestKey* key : keys) EXPECT_TRUE(sign_note(note, key->key(), key->signer()));
  return encode_note(note);
}

TEST(ANoteSignedElsewhere, IsVerified) {
  const NoteKey peter = parse_note_key(kPeter).value();
  const Note note = parse_note(fmt::format("{}\n{}", kPetersText, kPetersSignature)).value();
  EXPECT_TRUE(verify_note(note, {&peter, 1}).has_value());
  EXPECT_EQ(note.text, kPetersText);
}

TEST(AVerifierKey, IsTakenBack) {
  const NoteKey key = parse_note_key(kPeter).value();
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(key.id(), 0xc74f20a3u);
  EXPECT_EQ(encode_note_key(key), kPeter);
}

TEST(AVerifierKeyThatIsMangled, IsRefused) {
  for (const std::string_view text :
       {"", "+", "++", "PeterNeumann", "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ABpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAAAA",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+"}) {
    EXPECT_FALSE(parse_note_key(text).has_value()) << text;
  }
}

TEST(AKeyName, HasNoSpacePlusOrControlCharacter) {
  EXPECT_TRUE(is_key_name("example.com/log"));
  EXPECT_TRUE(is_key_name("\u00e9\u65e5"));
  for (const std::string_view name : {"", "a b", "a+b", "a\nb", "a\tb", "\u00a0", "a\u2003b",
                                      "\u3000", "\u202e", "\xff", "\u1680", "\u0085"}) {
    EXPECT_FALSE(is_key_name(name)) << printable(name);
  }
  EXPECT_TRUE(is_key_name(std::string(kKeyNameBytesMax, 'a')));
  EXPECT_FALSE(is_key_name(std::string(kKeyNameBytesMax + 1, 'a')));
}

TEST(ANote, IsTakenBackByteForByte) {
  const TestKey one("one");
  const TestKey two("two", 2);
  const std::string bytes = signed_note("text\n\nwith a blank line\n", {&one, &two});
  const Note note = parse_note(bytes).value();
  EXPECT_EQ(note.text, "text\n\nwith a blank line\n");
  EXPECT_EQ(note.signatures.size(), 2u);
  EXPECT_EQ(encode_note(note), bytes);
}

TEST(ANoteWithChangedText, IsNotAuthentic) {
  const TestKey key("one");
  Note note = parse_note(signed_note("text\n", {&key})).value();
  note.text = "Text\n";
  EXPECT_EQ(verify_note(note, {&key.key(), 1}).error().code, ErrorCode::kNotAuthentic);
}

TEST(ANoteOfUnknownKeysOnly, IsNotAuthentic) {
  const TestKey known("one");
  const TestKey same_name("one", 2);
  const TestKey same_key("two");
  const Note note = parse_note(signed_note("text\n", {&same_name, &same_key})).value();
  EXPECT_EQ(verify_note(note, {&known.key(), 1}).error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(verify_note(note, {}).error().code, ErrorCode::kNotAuthentic);
}

TEST(ANoteWithUnknownSignaturesBesideAKnownOne, IsAccepted) {
  const TestKey known("one");
  const TestKey other("two", 2);
  Note note = parse_note(signed_note("text\n", {&other, &known})).value();
  note.signatures[0].signature = Bytes(2'420, 9);  // another type of signature
  EXPECT_EQ(verify_note(note, {&known.key(), 1}).value(), std::vector<std::size_t>{0});
}

TEST(ANoteWithOneKnownSignatureThatFails, IsRefusedThoughAnotherHolds) {
  const TestKey one("one");
  const TestKey two("two", 2);
  Note note = parse_note(signed_note("text\n", {&one, &two})).value();
  note.signatures[1].signature[0] ^= 1;
  const std::array<NoteKey, 2> keys{one.key(), two.key()};
  EXPECT_EQ(verify_note(note, keys).error().code, ErrorCode::kNotAuthentic);
  note.signatures[1].signature.pop_back();
  EXPECT_EQ(verify_note(note, keys).error().code, ErrorCode::kNotAuthentic);
}

TEST(ANoteSignedTwiceByOneKey, CountsItOnce) {
  const TestKey key("one");
  const Note note = parse_note(signed_note("text\n", {&key, &key})).value();
  EXPECT_EQ(verify_note(note, {&key.key(), 1}).value().size(), 1u);
}

TEST(ASignerOfAnotherKey, IsNoticedBeforeTheNoteIsUsed) {
  const TestKey key("one");
  const TestKey other("one", 2);
  Note note{"text\n", {}};
  EXPECT_EQ(sign_note(note, key.key(), other.signer()).error().code, ErrorCode::kWrongKey);
  EXPECT_TRUE(note.signatures.empty());
}

TEST(ANoteThatIsMalformed, IsRefused) {
  const std::string good = fmt::format("{}\n{}", kPetersText, kPetersSignature);
  const std::string signature(kPetersSignature);
  for (const std::string& bytes :
       std::vector<std::string>{"",
                                "\n",
                                "\n\n",
                                "text",
                                "text\n",
                                "text\n\n",
                                std::string(kPetersText),
                                good.substr(0, good.size() - 1),
                                good + "\n",
                                good + "x",
                                good + "x\n",
                                "text\n" + signature,
                                "text\n\n" + signature + "\n" + "\n",
                                "text\n\n- PeterNeumann x08go/ZJ\n",
                                "text\n\n\u2014PeterNeumann x08go/ZJ\n",
                                "text\n\n\u2014 PeterNeumann\n",
                                "text\n\n\u2014 PeterNeumann \n",
                                "text\n\n\u2014  x08go/ZJ\n",
                                "text\n\n\u2014 Peter+Neumann x08go/ZJ\n",
                                "text\n\n\u2014 PeterNeumann x08go/Z\n",
                                "text\n\n\u2014 PeterNeumann x08go/ZJ x\n",
                                "text\n\n\u2014 PeterNeumann x08goA==\n",
                                "text\n\n\u2014 PeterNeumann x08g\n",
                                "te\x01xt\n\n" + signature,
                                "te\rxt\n\n" + signature,
                                "te\txt\n\n" + signature,
                                "te\xffxt\n\n" + signature,
                                "te\u202ext\n\n" + signature,
                                "text\r\n\r\n" + signature}) {
    EXPECT_FALSE(parse_note(bytes).has_value()) << printable(bytes);
  }
}

TEST(ANoteWithSixteenSignatures, IsAcceptedAndWithTooManyIsNot) {
  const std::string line = "\u2014 a AAAAAAAA\n";
  std::string bytes = "text\n\n";
  for (int i = 0; i < 16; ++i) bytes += line;
  EXPECT_TRUE(parse_note(bytes).has_value());
  for (int i = 0; i < 64; ++i) bytes += line;
  EXPECT_FALSE(parse_note(bytes).has_value());
}

TEST(ANoteOverTheBound, IsTooLarge) {
  EXPECT_EQ(parse_note(std::string(kNoteBytesMax + 1, 'a')).error().code, ErrorCode::kTooLarge);
}

const std::string kRoot = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

TEST(ACheckpoint, IsTakenBackByteForByte) {
  const std::string text = "example.com/log\n42\n" + kRoot + "\nextension\n";
  const Checkpoint checkpoint = parse_checkpoint(text).value();
  EXPECT_EQ(checkpoint.origin, "example.com/log");
  EXPECT_EQ(checkpoint.size, 42u);
  EXPECT_EQ(checkpoint.extensions, std::vector<std::string>{"extension"});
  EXPECT_EQ(encode_checkpoint(checkpoint), text);
}

TEST(ACheckpointThatIsMalformed, IsRefused) {
  for (const std::string& text : std::vector<std::string>{
           "", "\n", "origin\n", "origin\n42\n", "\n42\n" + kRoot + "\n",
           "origin\n\n" + kRoot + "\n", "origin\n042\n" + kRoot + "\n",
           "origin\n-1\n" + kRoot + "\n", "origin\n18446744073709551616\n" + kRoot + "\n",
           "origin\n42\n" + kRoot, "origin\n42\nAAAA\n", "origin\n42\n" + kRoot + "A\n",
           "origin\n42\n" + kRoot + "\n\n", "origin\n42\n" + kRoot + "\nx", "origin\n42\n\n"}) {
    EXPECT_FALSE(parse_checkpoint(text).has_value()) << text;
  }
}

TEST(ACheckpointOfAnotherOriginUnderOurKey, IsNotAuthentic) {
  const TestKey key("example.com/log");
  Note note{encode_checkpoint({"example.com/other", 1, Digest{}, {}}), {}};
  ASSERT_TRUE(sign_note(note, key.key(), key.signer()).has_value());
  EXPECT_EQ(open_checkpoint(encode_note(note), key.key()).error().code, ErrorCode::kNotAuthentic);
}

TEST(ACheckpointSignedByItsLog, IsBelieved) {
  const TestKey key("example.com/log");
  const Checkpoint checkpoint{"example.com/log", 7, leaf_number(1), {}};
  const std::string note = sign_checkpoint(checkpoint, key.key(), key.signer()).value();
  EXPECT_EQ(open_checkpoint(note, key.key()).value(), checkpoint);
  const TestKey other("example.com/log", 2);
  EXPECT_FALSE(open_checkpoint(note, other.key()).has_value());
}

}  // namespace
}  // namespace strongroom::ledger
