#include "base/secret.h"
#include "crypto/aead_engine.h"

#ifdef STRONGROOM_HAS_IPSEC_MB

#include <intel-ipsec-mb.h>

namespace strongroom::crypto {

namespace {

struct FreeTable {
  void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};
using TablePointer = std::unique_ptr<IMB_MGR, FreeTable>;

// Only where its wide code runs: on narrower processors OpenSSL is as fast, and reviewed by more.
TablePointer wide_table() {
  TablePointer manager(alloc_mb_mgr(0));
  if (!manager) return nullptr;
  IMB_ARCH arch = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager.get(), &arch);
  const bool is_wide = arch == IMB_ARCH_AVX512 &&
                       (manager->features & IMB_CPUFLAGS_AVX512_T2) == IMB_CPUFLAGS_AVX512_T2;
  // Wipes keys and plaintext from registers and stack before it returns.
  const bool is_safe = (manager->features & IMB_FEATURE_SAFE_DATA) != 0;
  const bool is_sound = (manager->features & IMB_FEATURE_SELF_TEST) == 0 ||
                        (manager->features & IMB_FEATURE_SELF_TEST_PASS) != 0;
  return is_wide && is_safe && is_sound ? std::move(manager) : nullptr;
}

// Its table of functions is written once and then only read: the calls used here keep nothing in
// it.
const IMB_MGR* wide() {
  static const TablePointer kTable = wide_table();
  return kTable.get();
}

// It takes no null, also for nothing.
template <class Byte>
Byte* pointer_of(std::span<Byte> bytes, Byte* otherwise) {
  return bytes.empty() ? otherwise : bytes.data();
}

class IpsecMbGcm final : public AeadWork {
 public:
  IpsecMbGcm(AeadKind kind, ByteView key) : is_128_(kind == AeadKind::kAes128Gcm) {
    if (is_128_) {
      IMB_AES128_GCM_PRE(wide(), key.data(), &schedule_);
    } else {
      IMB_AES256_GCM_PRE(wide(), key.data(), &schedule_);
    }
  }
  ~IpsecMbGcm() override { wipe_object(schedule_); }
  IpsecMbGcm(const IpsecMbGcm&) = delete;
  IpsecMbGcm& operator=(const IpsecMbGcm&) = delete;

  void seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView out) override {
    alignas(64) gcm_context_data context;
    std::uint8_t* const tag = out.data() + plaintext.size();
    const std::uint8_t nothing = 0;
    const aes_gcm_enc_dec_t run = is_128_ ? wide()->gcm128_enc : wide()->gcm256_enc;
    run(&schedule_, &context, out.data(), pointer_of(plaintext, &nothing), plaintext.size(),
        nonce.data(), pointer_of(associated, &nothing), associated.size(), tag, kAeadTagBytes);
    wipe_object(context);
  }

  bool open(ByteView nonce, ByteView associated, ByteView ciphertext,
            std::span<const std::uint8_t, kAeadTagBytes> tag, MutableByteView out) override {
    alignas(64) gcm_context_data context;
    std::array<std::uint8_t, kAeadTagBytes> computed{};
    const std::uint8_t nothing = 0;
    std::uint8_t nowhere = 0;
    const aes_gcm_enc_dec_t run = is_128_ ? wide()->gcm128_dec : wide()->gcm256_dec;
    run(&schedule_, &context, pointer_of(out, &nowhere), pointer_of(ciphertext, &nothing),
        ciphertext.size(), nonce.data(), pointer_of(associated, &nothing), associated.size(),
        computed.data(), computed.size());
    wipe_object(context);
    const bool holds = equal_in_constant_time(computed, tag);
    wipe(computed);  // of other bytes it would be what a forger wants to know
    return holds;
  }

 private:
  template <class Object>
  static void wipe_object(Object& object) {
    wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof object});
  }

  const bool is_128_;
  alignas(64) gcm_key_data schedule_;  // its header does not say so, its code relies on it
};

}  // namespace

bool has_ipsec_mb() { return wide() != nullptr; }

std::unique_ptr<AeadWork> ipsec_mb_aead(AeadKind kind, ByteView key) {
  if (kind == AeadKind::kChaCha20Poly1305 || !has_ipsec_mb()) return nullptr;
  return std::make_unique<IpsecMbGcm>(kind, key);
}

}  // namespace strongroom::crypto

#else

namespace strongroom::crypto {

bool has_ipsec_mb() { return false; }
std::unique_ptr<AeadWork> ipsec_mb_aead(AeadKind, ByteView) { return nullptr; }

}  // namespace strongroom::crypto

#endif
