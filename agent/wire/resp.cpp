#include "wire/resp.hpp"

#include <hiredis/hiredis.h>
#include <new>
#include <string.h>  // explicit_bzero

namespace redis_agent::wire {
namespace {

// What the callbacks of one reader share.
struct building {
  resp_reader::limits allowed;
  std::size_t values = 0;  // that the arrays of this reply have promised
};

building& building_of(const redisReadTask* task) { return *static_cast<building*>(task->privdata); }

// A new value, placed into its parent; hiredis frees only what has none.
resp_value* place(const redisReadTask* task, resp_value value) {
  if (task->parent == nullptr) return new resp_value(std::move(value));
  auto& items = static_cast<resp_value*>(task->parent->obj)->items;
  auto& slot = items.at(static_cast<std::size_t>(task->idx));
  slot = std::move(value);
  return &slot;
}

void* create_string(const redisReadTask* task, char* bytes, size_t length) {
  resp_value value;
  value.type = task->type == REDIS_REPLY_ERROR    ? resp_value::kind::error
               : task->type == REDIS_REPLY_STATUS ? resp_value::kind::status
                                                  : resp_value::kind::text;
  value.text.assign(bytes, length);
  return place(task, std::move(value));
}

void* create_array(const redisReadTask* task, int elements) {
  const auto count = static_cast<std::size_t>(elements);
  building& b = building_of(task);
  // Before anything is reserved: the header may promise two thousand million elements.
  if (elements < 0 || count > b.allowed.values_max - b.values) return nullptr;
  b.values += count;
  resp_value value;
  value.type = resp_value::kind::array;
  value.items.resize(count);
  return place(task, std::move(value));
}

void* create_integer(const redisReadTask* task, long long number) {
  resp_value value;
  value.type = resp_value::kind::integer;
  value.integer = number;
  return place(task, std::move(value));
}

void* create_nil(const redisReadTask* task) { return place(task, resp_value{}); }

// hiredis calls this for the root alone: the children live in their parents.
void free_object(void* object) { delete static_cast<resp_value*>(object); }

redisReplyObjectFunctions object_functions = {create_string, create_array, create_integer,
                                              create_nil, free_object};

}  // namespace

std::string format_command(const command& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const std::string& argument : arguments) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  char* formatted = nullptr;
  const int length = redisFormatCommandArgv(&formatted, static_cast<int>(arguments.size()),
                                            texts.data(), lengths.data());
  if (length < 0) throw std::bad_alloc();
  std::string bytes(formatted, static_cast<std::size_t>(length));
  explicit_bzero(formatted, static_cast<std::size_t>(length));  // it may have been AUTH
  redisFreeCommand(formatted);
  return bytes;
}

struct resp_reader::state {
  building shared;
  std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader{
      redisReaderCreateWithFunctions(&object_functions), redisReaderFree};
  std::size_t unfinished_bytes = 0;  // fed since the last whole reply
  resp_trouble trouble = resp_trouble::none;
  std::string trouble_text;

  void fail(resp_trouble kind, std::string text) {
    trouble = kind;
    trouble_text = std::move(text);
  }
};

resp_reader::resp_reader() : resp_reader(limits()) {}

resp_reader::resp_reader(limits allowed) : state_(std::make_unique<state>()) {
  if (state_->reader == nullptr) throw std::bad_alloc();
  state_->shared.allowed = allowed;
  state_->reader->privdata = &state_->shared;
}

resp_reader::~resp_reader() = default;
resp_reader::resp_reader(resp_reader&&) noexcept = default;
resp_reader& resp_reader::operator=(resp_reader&&) noexcept = default;

void resp_reader::feed(std::string_view bytes) {
  if (state_->trouble != resp_trouble::none) return;
  state_->unfinished_bytes += bytes.size();
  if (redisReaderFeed(state_->reader.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    state_->fail(resp_trouble::too_large, "out of memory");
  }
}

std::optional<resp_value> resp_reader::next() {
  state& s = *state_;
  if (s.trouble != resp_trouble::none) return std::nullopt;
  void* object = nullptr;
  if (redisReaderGetReply(s.reader.get(), &object) != REDIS_OK) {
    const bool is_too_large = s.reader->err == REDIS_ERR_OOM;
    s.fail(is_too_large ? resp_trouble::too_large : resp_trouble::not_resp,
           is_too_large ? "more values than a reply may have" : s.reader->errstr);
    return std::nullopt;
  }
  if (object == nullptr) {
    if (s.unfinished_bytes > s.shared.allowed.bytes_max) {
      s.fail(resp_trouble::too_large, "more bytes than a reply may have");
    }
    return std::nullopt;
  }
  const std::unique_ptr<resp_value> whole(static_cast<resp_value*>(object));
  s.shared.values = 0;
  s.unfinished_bytes = s.reader->len - s.reader->pos;
  return std::move(*whole);
}

resp_trouble resp_reader::trouble() const { return state_->trouble; }
std::string resp_reader::trouble_text() const { return state_->trouble_text; }
bool resp_reader::has_leftover() const { return state_->unfinished_bytes > 0; }

}  // namespace redis_agent::wire
