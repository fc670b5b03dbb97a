#include "sequencer/sequencer.h"

#include <deque>
#include <thread>

#include "base/mutex.h"
#include "sequencer/batch.h"

namespace strongroom::sequencer {

using protocol::Attachment;
using protocol::Command;
using protocol::Opening;
using protocol::Receipt;

namespace {

tl::unexpected<Error> told_to_stop() {
  return fail(ErrorCode::kInterrupted, "the server is stopping: send the same command again");
}

// After these nothing may be written any more: what is on the disk is unknown, or what would be
// signed contradicts what was.
bool is_final(ErrorCode code) {
  return code == ErrorCode::kDurability || code == ErrorCode::kConflict ||
         code == ErrorCode::kWrongKey || code == ErrorCode::kNotAuthentic;
}

// The first entry says what this log is called and whose key signs it.
Result<ledger::NoteKey> log_named_by(const protocol::Genesis& genesis, const Options& options) {
  if (genesis.log_key != options.log_key) {
    return fail(ErrorCode::kNotAuthentic, "the genesis names another log key than this server's");
  }
  return ledger::NoteKey{genesis.origin, genesis.log_key};
}

Result<std::optional<protocol::Genesis>> logged_genesis(store::Queries& queries) {
  ASSIGN_OR_RETURN(const Head head, read_head(queries));
  if (head.size == 0) return std::nullopt;
  ASSIGN_OR_RETURN(const std::uint64_t entries, ledger::count_entries(queries));
  if (entries != static_cast<std::uint64_t>(head.size)) {
    return fail(ErrorCode::kMalformed, "the database's views and its log do not belong together");
  }
  ASSIGN_OR_RETURN(const std::vector<Bytes> first, ledger::read_entries(queries, 0, 1));
  if (first.empty()) return fail(ErrorCode::kMalformed, "the log's first entry is missing");
  ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(as_text(first.front())));
  if (!entry.statement) return fail(ErrorCode::kMalformed, "the log does not begin with a genesis");
  ASSIGN_OR_RETURN(protocol::Genesis genesis, protocol::genesis_from(*entry.statement));
  return std::optional<protocol::Genesis>(std::move(genesis));
}

class QueueingSequencer final : public Sequencer {
 public:
  explicit QueueingSequencer(const Options& options) : options_(options) {}
  ~QueueingSequencer() override;
  [[nodiscard]] Result<void> start();

  Result<Receipt> submit(Command command) override;
  std::vector<Result<Receipt>> submit_all(std::vector<Command> commands) override;
  Result<void> read(const std::function<Result<void>(const judge::Rooms&)>& reader) const override;
  std::int64_t size() const override;
  Result<std::vector<std::string>> entries(std::int64_t first, std::int64_t count) const override;
  Result<std::string> checkpoint() const override;
  Result<std::string> receipt_proof(std::int64_t index) const override;
  Result<std::optional<Opening>> text(const Digest& commitment) const override;
  Result<void> erase_text(const Digest& commitment) override;
  Result<std::optional<Bytes>> attachment(const std::string& name) const override;
  Result<void> attach(const Attachment& attachment) override;
  Result<std::int64_t> wait_for_growth(std::int64_t known_size,
                                       std::int64_t wait_ms_max) const override;
  Result<void> rebuild() override;

 private:
  // A caller of submit and what it waits for. Stands on the caller's stack.
  struct Waiting {
    const Command& command;
    std::optional<Result<Receipt>> answer;
  };

  void work();
  [[nodiscard]] std::vector<Waiting*> next_batch();
  // One answer for each of `batch`, in order.
  [[nodiscard]] std::vector<Result<Receipt>> carry_out(const std::vector<Waiting*>& batch);
  [[nodiscard]] Result<std::vector<Result<std::int64_t>>> commit(
      const std::vector<Waiting*>& batch);
  [[nodiscard]] Result<void> open_log_for(const Command& command);
  [[nodiscard]] Result<void> publish();
  [[nodiscard]] Result<Receipt> receipt_of(std::int64_t index) const;
  [[nodiscard]] Result<std::vector<std::string>> read_published(std::int64_t first,
                                                                std::int64_t count) const;
  [[nodiscard]] std::shared_ptr<ledger::LogWriter> log() const;
  // Keeps a final error, for every later call; gives it back.
  [[nodiscard]] tl::unexpected<Error> failed(const Error& error);
  template <class Write>
  [[nodiscard]] Result<void> in_transaction(Write write);

  const Options options_;

  mutable Mutex mutex_;
  mutable Condition work_there_;
  mutable Condition answered_;
  mutable Condition grown_;
  std::deque<Waiting*> queue_ GUARDED_BY(mutex_);
  std::shared_ptr<ledger::LogWriter> log_ GUARDED_BY(mutex_);  // none before the genesis
  std::int64_t published_ GUARDED_BY(mutex_) = 0;
  std::optional<Error> failure_ GUARDED_BY(mutex_);  // stays
  std::size_t inside_ GUARDED_BY(mutex_) = 0;        // callers that are blocked in here
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::int64_t committed_ = 0;  // of the working thread
  std::thread worker_;
};

QueueingSequencer::~QueueingSequencer() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
    for (Waiting* waiting : queue_) waiting->answer = told_to_stop();
    queue_.clear();
    work_there_.notify_all();
    answered_.notify_all();
    grown_.notify_all();
  }
  if (worker_.joinable()) worker_.join();
  const Lock lock(mutex_);
  while (inside_ > 0) answered_.wait(mutex_);
}

Result<void> QueueingSequencer::start() {
  const Result<void> made = in_transaction([](store::Transaction& transaction) -> Result<void> {
    RETURN_IF_ERROR(create_tables(transaction));
    ASSIGN_OR_RETURN(const std::int64_t version, read_views_version(transaction));
    if (version == kViewsVersion) return create_views(transaction);
    // Views of another version of this program: the log gives ours.
    ASSIGN_OR_RETURN(const Head head, read_head(transaction));
    RETURN_IF_ERROR(head.size == 0 ? create_views(transaction) : derive_views(transaction));
    return write_views_version(transaction, kViewsVersion);
  });
  if (!made) return made;
  std::optional<protocol::Genesis> genesis;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot,
                     options_.database->snapshot());
    ASSIGN_OR_RETURN(genesis, logged_genesis(*snapshot));
    ASSIGN_OR_RETURN(const Head head, read_head(*snapshot));
    committed_ = head.size;
  }
  if (genesis) {
    ASSIGN_OR_RETURN(ledger::NoteKey key, log_named_by(*genesis, options_));
    ASSIGN_OR_RETURN(std::unique_ptr<ledger::LogWriter> opened,
                     ledger::LogWriter::open(*options_.database, *options_.publication,
                                             {std::move(key), options_.log_signer}));
    {
      const Lock lock(mutex_);
      log_ = std::move(opened);
    }
    RETURN_IF_ERROR(publish());
  }
  worker_ = std::thread([this] { work(); });
  return {};
}

Result<Receipt> QueueingSequencer::submit(Command command) {
  std::vector<Command> one;
  one.push_back(std::move(command));
  return std::move(submit_all(std::move(one)).front());
}

std::vector<Result<Receipt>> QueueingSequencer::submit_all(std::vector<Command> commands) {
  std::vector<Waiting> waiting;
  for (const Command& each : commands) waiting.push_back(Waiting{each, std::nullopt});
  const auto all = [&](const Error& error) {
    return std::vector<Result<Receipt>>(commands.size(), tl::unexpected<Error>(error));
  };
  const Lock lock(mutex_);
  if (stopping_) return all(told_to_stop().value());
  if (failure_) return all(*failure_);
  if (queue_.size() + waiting.size() > options_.waiting_max) {
    return all({ErrorCode::kUnavailable, "too many commands are waiting: try again in a moment"});
  }
  for (Waiting& each : waiting) queue_.push_back(&each);
  work_there_.notify_one();
  ++inside_;
  std::vector<Result<Receipt>> answers;
  for (Waiting& each : waiting) {
    while (!each.answer) answered_.wait(mutex_);
    answers.push_back(std::move(*each.answer));
  }
  --inside_;
  if (stopping_) answered_.notify_all();
  return answers;
}

void QueueingSequencer::work() {
  for (;;) {
    const std::vector<Waiting*> batch = next_batch();
    if (batch.empty()) return;
    std::vector<Result<Receipt>> answers = carry_out(batch);
    CHECK(answers.size() == batch.size());
    const Lock lock(mutex_);
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->answer = std::move(answers[i]);
    answered_.notify_all();
  }
}

// Empty: told to stop. Before the genesis one command at a time, so that only it decides what the
// log is called.
std::vector<QueueingSequencer::Waiting*> QueueingSequencer::next_batch() {
  const Lock lock(mutex_);
  while (queue_.empty() && !stopping_) work_there_.wait(mutex_);
  const std::size_t batch_max = log_ ? std::max<std::size_t>(options_.batch_max, 1) : 1;
  std::vector<Waiting*> batch;
  while (!queue_.empty() && batch.size() < batch_max) {
    batch.push_back(queue_.front());
    queue_.pop_front();
  }
  return batch;
}

std::vector<Result<Receipt>> QueueingSequencer::carry_out(const std::vector<Waiting*>& batch) {
  Result<std::vector<Result<std::int64_t>>> places = commit(batch);
  if (!places) {
    return std::vector<Result<Receipt>>(batch.size(), tl::unexpected<Error>(places.error()));
  }
  const Result<void> published = publish();
  std::vector<Result<Receipt>> answers;
  for (const Result<std::int64_t>& place : *places) {
    if (!place) {
      answers.emplace_back(tl::unexpected<Error>(place.error()));
    } else if (!published) {
      answers.emplace_back(
          fail(published.error(), "recorded, but not published yet (send it again to see)"));
    } else {
      answers.push_back(receipt_of(*place));
    }
  }
  return answers;
}

Result<std::vector<Result<std::int64_t>>> QueueingSequencer::commit(
    const std::vector<Waiting*>& batch) {
  {
    const Lock lock(mutex_);
    if (failure_) return tl::unexpected<Error>(*failure_);
  }
  // What was committed before is published first: while that cannot be done, nothing is recorded.
  RETURN_IF_ERROR(publish());
  RETURN_IF_ERROR(open_log_for(batch.front()->command));
  const std::shared_ptr<ledger::LogWriter> writer = log();
  Result<std::unique_ptr<store::Transaction>> transaction = options_.database->begin();
  if (!transaction) return failed(transaction.error());
  ASSIGN_OR_RETURN(const Head before, read_head(**transaction));
  Batch decided(**transaction, *writer, before);
  std::vector<Result<std::int64_t>> places;
  for (const Waiting* waiting : batch) {
    places.push_back(decided.add(waiting->command, options_.clock->now()));
    if (decided.broken()) return failed(*decided.broken());
  }
  // A crash before this line leaves nothing of the batch; after it, all of it, and opening again
  // publishes it.
  if (decided.head().size != before.size) {
    if (const Result<void> committed = (*transaction)->commit(); !committed)
      return failed(committed.error());
  }
  committed_ = decided.head().size;
  if (committed_ == 0) {  // the genesis was refused: the next may name another log
    const Lock lock(mutex_);
    log_.reset();
  }
  return places;
}

// Does nothing once the strongroom is founded.
Result<void> QueueingSequencer::open_log_for(const Command& command) {
  if (log()) return {};
  if (command.type != protocol::EntryType::kGenesis || !command.statement) {
    return fail(ErrorCode::kRefused, "nothing is founded here yet");
  }
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, protocol::genesis_from(*command.statement));
  ASSIGN_OR_RETURN(ledger::NoteKey key, log_named_by(genesis, options_));
  ASSIGN_OR_RETURN(std::unique_ptr<ledger::LogWriter> opened,
                   ledger::LogWriter::open(*options_.database, *options_.publication,
                                           {std::move(key), options_.log_signer}));
  const Lock lock(mutex_);
  log_ = std::move(opened);
  return {};
}

Result<void> QueueingSequencer::publish() {
  const std::shared_ptr<ledger::LogWriter> writer = log();
  if (!writer || size() == committed_) return {};
  const Result<ledger::Checkpoint> published = writer->publish();
  if (!published) return failed(published.error());
  const Lock lock(mutex_);
  published_ = static_cast<std::int64_t>(published->size);
  grown_.notify_all();
  return {};
}

tl::unexpected<Error> QueueingSequencer::failed(const Error& error) {
  if (is_final(error.code)) {
    const Lock lock(mutex_);
    if (!failure_) failure_ = error;
  }
  return tl::unexpected<Error>(error);
}

Result<Receipt> QueueingSequencer::receipt_of(std::int64_t index) const {
  ASSIGN_OR_RETURN(std::vector<std::string> lines, read_published(index, 1));
  if (lines.size() != 1) {
    return fail(ErrorCode::kMalformed, "the database holds fewer entries than it should");
  }
  Receipt receipt;
  receipt.index = index;
  receipt.entry = std::move(lines.front());
  ASSIGN_OR_RETURN(receipt.proof, receipt_proof(index));
  return receipt;
}

std::shared_ptr<ledger::LogWriter> QueueingSequencer::log() const {
  const Lock lock(mutex_);
  return log_;
}

std::int64_t QueueingSequencer::size() const {
  const Lock lock(mutex_);
  return published_;
}

Result<void> QueueingSequencer::read(
    const std::function<Result<void>(const judge::Rooms&)>& reader) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, options_.database->snapshot());
  const Views views(*snapshot);
  return reader(views.rooms());
}

Result<std::vector<std::string>> QueueingSequencer::read_published(std::int64_t first,
                                                                   std::int64_t count) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, options_.database->snapshot());
  ASSIGN_OR_RETURN(const std::vector<Bytes> found,
                   ledger::read_entries(*snapshot, static_cast<std::uint64_t>(first),
                                        static_cast<std::uint64_t>(count)));
  std::vector<std::string> lines;
  for (const Bytes& each : found) lines.emplace_back(as_text(each));
  return lines;
}

Result<std::vector<std::string>> QueueingSequencer::entries(std::int64_t first,
                                                            std::int64_t count) const {
  if (first < 0 || count < 0) return fail(ErrorCode::kUsage, "a negative position in the log");
  const std::int64_t published = size();
  if (first >= published) return std::vector<std::string>();
  return read_published(first, std::min({count, published - first, kEntriesMax}));
}

Result<std::string> QueueingSequencer::checkpoint() const {
  const std::shared_ptr<ledger::LogWriter> writer = log();
  std::optional<std::string> note;
  if (writer) note = writer->signed_checkpoint();
  if (!note) return fail(ErrorCode::kNotFound, "nothing is founded here yet");
  return std::move(*note);
}

Result<std::string> QueueingSequencer::receipt_proof(std::int64_t index) const {
  const std::shared_ptr<ledger::LogWriter> writer = log();
  if (!writer || index < 0 || index >= size()) {
    return fail(ErrorCode::kNotFound, "no such entry in the log");
  }
  ASSIGN_OR_RETURN(const ledger::LogProof proof,
                   writer->receipt(static_cast<std::uint64_t>(index)));
  return ledger::encode_log_proof(proof);
}

Result<std::optional<Opening>> QueueingSequencer::text(const Digest& commitment) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, options_.database->snapshot());
  return read_text(*snapshot, commitment);
}

Result<std::optional<Bytes>> QueueingSequencer::attachment(const std::string& name) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, options_.database->snapshot());
  return read_attachment(*snapshot, name);
}

template <class Write>
Result<void> QueueingSequencer::in_transaction(Write write) {
  {
    const Lock lock(mutex_);
    if (failure_) return tl::unexpected<Error>(*failure_);
  }
  Result<std::unique_ptr<store::Transaction>> transaction = options_.database->begin();
  if (!transaction) return tl::unexpected<Error>(transaction.error());
  RETURN_IF_ERROR(write(**transaction));
  if (const Result<void> committed = (*transaction)->commit(); !committed) {
    if (committed.error().code == ErrorCode::kDurability) return failed(committed.error());
    return committed;
  }
  return {};
}

Result<void> QueueingSequencer::erase_text(const Digest& commitment) {
  return in_transaction([&](store::Transaction& transaction) {
    return sequencer::erase_text(transaction, commitment);
  });
}

Result<void> QueueingSequencer::attach(const Attachment& attachment) {
  return in_transaction(
      [&](store::Transaction& transaction) { return write_attachment(transaction, attachment); });
}

Result<void> QueueingSequencer::rebuild() {
  if (!log()) return {};
  return in_transaction([](store::Transaction& transaction) { return derive_views(transaction); });
}

Result<std::int64_t> QueueingSequencer::wait_for_growth(std::int64_t known_size,
                                                        std::int64_t wait_ms_max) const {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
  const Lock lock(mutex_);
  while (published_ <= known_size && !stopping_) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now()).count();
    if (left <= 0) break;
    grown_.wait_for(mutex_, left);
  }
  return published_;
}

}  // namespace

Result<std::unique_ptr<Sequencer>> Sequencer::open(const Options& options) {
  auto opened = std::make_unique<QueueingSequencer>(options);
  RETURN_IF_ERROR(opened->start());
  return std::unique_ptr<Sequencer>(std::move(opened));
}

}  // namespace strongroom::sequencer
