#include "crypto/shamir.h"

#include <gtest/gtest.h>

#include <random>

#include "base/ids.h"
#include "crypto/random.h"
#include "crypto/shamir_polynomial.h"

namespace strongroom::crypto {
namespace {

SharedSecret secret_of(Bytes bytes) {
  bytes.resize(SharedSecret::kBytes);
  return SharedSecret::take(std::span<std::uint8_t, SharedSecret::kBytes>(bytes));
}

Bytes revealed(const SharedSecret& secret) {
  return secret.with_bytes([](ByteView view) { return copy_bytes(view); });
}

Bytes counting() {
  Bytes bytes(SharedSecret::kBytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 9);
  return bytes;
}

// Repeats with STRONGROOM_SEED=<number>.
std::mt19937_64 seeded() {
  const char* given = std::getenv("STRONGROOM_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  testing::Test::RecordProperty("seed", std::to_string(seed));
  std::printf("seed %llu (STRONGROOM_SEED=… repeats it)\n", static_cast<unsigned long long>(seed));
  return std::mt19937_64(seed);
}

std::uint8_t byte_from(std::mt19937_64& random) { return static_cast<std::uint8_t>(random()); }

// Long multiplication of polynomials, then long division by x^8 + x^4 + x^3 + x + 1.
std::uint8_t naive_multiply(unsigned a, unsigned b) {
  unsigned product = 0;
  for (int bit = 0; bit < 8; ++bit) {
    if ((b & (1u << bit)) != 0) product ^= a << bit;
  }
  for (int bit = 15; bit >= 8; --bit) {
    if ((product & (1u << bit)) != 0) product ^= 0x11bu << (bit - 8);
  }
  return static_cast<std::uint8_t>(product);
}

TEST(FieldOf256, MultipliesAsTheNaiveWayDoesForAllPairs) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      ASSERT_EQ(gf_multiply(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)),
                naive_multiply(a, b))
          << a << " " << b;
    }
  }
}

TEST(FieldOf256, HasAnInverseForAllButZero) {
  EXPECT_EQ(gf_inverse(0), 0);
  for (unsigned a = 1; a < 256; ++a) {
    const auto value = static_cast<std::uint8_t>(a);
    EXPECT_EQ(naive_multiply(a, gf_inverse(value)), 1) << a;
  }
}

TEST(APolynomial, HasTheValueOfTheNaiveSumOfPowers) {
  std::mt19937_64 random = seeded();
  for (int round = 0; round < 200; ++round) {
    const std::size_t degree = random() % 12;
    Bytes coefficients(degree * SharedSecret::kBytes);
    Bytes constant(SharedSecret::kBytes);
    for (std::uint8_t& byte : coefficients) byte = byte_from(random);
    for (std::uint8_t& byte : constant) byte = byte_from(random);
    const std::uint8_t x = byte_from(random);
    Bytes expected = constant;
    std::uint8_t power = 1;
    for (std::size_t term = 0; term < degree; ++term) {
      power = naive_multiply(power, x);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] ^= naive_multiply(coefficients[term * SharedSecret::kBytes + i], power);
      }
    }
    ASSERT_EQ(revealed(evaluate(secret_of(constant), coefficients, x)), expected);
  }
}

TEST(AnyKOfNShares, GiveTheSecret) {
  const std::vector<Share> shares = *split(secret_of(counting()), 3, 5);
  ASSERT_EQ(shares.size(), 5u);
  for (std::size_t a = 0; a < 5; ++a) {
    for (std::size_t b = a + 1; b < 5; ++b) {
      for (std::size_t c = b + 1; c < 5; ++c) {
        std::vector<Share> chosen;
        for (const std::size_t i : {c, a, b}) {
          chosen.push_back(Share{shares[i].x, secret_of(revealed(shares[i].y))});
        }
        EXPECT_EQ(revealed(*combine(chosen)), counting()) << a << b << c;
      }
    }
  }
}

TEST(AllSharesOf255, GiveTheSecret) {
  const std::vector<Share> shares = *split(secret_of(counting()), 255, 255);
  EXPECT_EQ(shares.back().x, 255);
  EXPECT_EQ(revealed(*combine(shares)), counting());
}

TEST(OneOfN, HandsEveryoneTheSecretItself) {
  const std::vector<Share> shares = *split(secret_of(counting()), 1, 3);
  for (const Share& share : shares) EXPECT_EQ(revealed(share.y), counting());
}

TEST(MoreThanKShares, StillGiveTheSecretAndTheOtherShares) {
  std::vector<Share> shares = *split(secret_of(counting()), 2, 4);
  const Bytes last = revealed(shares.back().y);
  const std::uint8_t x = shares.back().x;
  EXPECT_EQ(revealed(*combine(shares)), counting());
  shares.pop_back();
  EXPECT_EQ(revealed(*interpolate(shares, x)), last);
  EXPECT_EQ(revealed(*interpolate(shares, shares[0].x)), revealed(shares[0].y));
}

TEST(FewerThanKShares, DoNotGiveTheSecret) {
  std::vector<Share> shares = *split(secret_of(counting()), 3, 3);
  shares.pop_back();
  EXPECT_NE(revealed(*combine(shares)), counting());
}

// One share of a 2-of-n split: for each secret byte, the 256 possible coefficients give each of the
// 256 share bytes exactly once. So what is seen is as likely under one secret as under any other.
TEST(OneShareOfTwo, LeavesEverySecretPossibleAndEquallyLikely) {
  for (const std::uint8_t x : Bytes{1, 2, 255}) {
    for (unsigned secret = 0; secret < 256; ++secret) {
      std::array<int, 256> seen{};
      for (unsigned base = 0; base < 256; base += SharedSecret::kBytes) {
        Bytes coefficients(SharedSecret::kBytes);
        for (unsigned i = 0; i < coefficients.size(); ++i) {
          coefficients[i] = static_cast<std::uint8_t>(base + i);
        }
        const Bytes constant(SharedSecret::kBytes, static_cast<std::uint8_t>(secret));
        for (const std::uint8_t y : revealed(evaluate(secret_of(constant), coefficients, x))) {
          ++seen[y];
        }
      }
      ASSERT_TRUE(std::ranges::all_of(seen, [](int times) { return times == 1; })) << secret;
    }
  }
}

// The same for two shares of a 3-of-n split: 65,536 pairs of coefficients, each pair of share bytes
// once.
TEST(TwoSharesOfThree, LeaveEverySecretPossibleAndEquallyLikely) {
  for (const std::uint8_t secret : Bytes{0x00, 0x01, 0x5a, 0xff}) {
    std::vector<int> seen(65536);
    const Bytes constant(SharedSecret::kBytes, secret);
    for (unsigned pair = 0; pair < 65536; pair += SharedSecret::kBytes) {
      Bytes coefficients(2 * SharedSecret::kBytes);
      for (unsigned i = 0; i < SharedSecret::kBytes; ++i) {
        coefficients[i] = static_cast<std::uint8_t>((pair + i) >> 8);
        coefficients[SharedSecret::kBytes + i] = static_cast<std::uint8_t>(pair + i);
      }
      const Bytes first = revealed(evaluate(secret_of(constant), coefficients, 1));
      const Bytes second = revealed(evaluate(secret_of(constant), coefficients, 2));
      for (std::size_t i = 0; i < first.size(); ++i) ++seen[first[i] * 256u + second[i]];
    }
    ASSERT_TRUE(std::ranges::all_of(seen, [](int times) { return times == 1; })) << int{secret};
  }
}

// With k = 2, x = 1 and the secret 0 the share is the coefficient. If 0 were left out, a share
// equal to the secret would never be seen, and each share would rule one secret out.
TEST(Coefficients, TakeEveryValueZeroIncluded) {
  std::array<int, 256> seen{};
  for (int round = 0; round < 1000; ++round) {
    const std::vector<Share> shares = *split(secret_of({}), 2, 2);
    for (const std::uint8_t coefficient : revealed(shares[0].y)) ++seen[coefficient];
  }
  EXPECT_GT(seen[0], 0);
  EXPECT_TRUE(std::ranges::all_of(seen, [](int times) { return times > 0; }));
}

TEST(TwoSplitsOfOneSecret, HaveDifferentShares) {
  const std::vector<Share> first = *split(secret_of(counting()), 2, 2);
  const std::vector<Share> second = *split(secret_of(counting()), 2, 2);
  EXPECT_NE(revealed(first[0].y), revealed(second[0].y));
}

TEST(Shares, WithNoneZeroOrTheSameXTwiceAreRefused) {
  std::vector<Share> at_zero;
  at_zero.push_back(Share{0, secret_of(counting())});
  std::vector<Share> twice;
  twice.push_back(Share{3, secret_of(counting())});
  twice.push_back(Share{3, secret_of({})});
  EXPECT_EQ(combine({}).error().code, ErrorCode::kUsage);
  EXPECT_EQ(combine(at_zero).error().code, ErrorCode::kUsage);
  EXPECT_EQ(combine(twice).error().code, ErrorCode::kUsage);
  EXPECT_EQ(interpolate(twice, 9).error().code, ErrorCode::kUsage);
}

TEST(ASplit, OutsideItsBoundsIsRefused) {
  const SharedSecret secret = secret_of(counting());
  EXPECT_EQ(split(secret, 0, 3).error().code, ErrorCode::kUsage);
  EXPECT_EQ(split(secret, 4, 3).error().code, ErrorCode::kUsage);
  EXPECT_EQ(split(secret, 2, 256).error().code, ErrorCode::kUsage);
}

TEST(Randomness, OfAnyLengthIsFilledIn) {
  Bytes large(100'000);
  random_bytes(large);
  EXPECT_LT(std::count(large.begin(), large.end(), 0), 1000);
  EXPECT_NE(random_id<ObjectId>(), random_id<ObjectId>());
}

}  // namespace
}  // namespace strongroom::crypto
