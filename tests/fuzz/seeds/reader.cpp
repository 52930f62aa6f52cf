// Writes small good ledgers into a folder, for tests/fuzz/reader.cpp to begin with: a fuzzer that had to find a
// header's eight table places by itself would never come to what lies behind them.
#include <cstdio>
#include <exception>

#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::DetailTag;
using ledger::Kind;
using ledger::State;
using test::LedgerBuilder;

namespace {

// A slot of every state and kind, a second close, details of all sorts, and stacks whole and cut.
LedgerBuilder everything() {
  LedgerBuilder builder;
  builder.slots = 32;
  builder.header.labels = builder.text(std::string("build=7\0", 8));
  builder.header.cwd = builder.text("/home/me");
  const uint32_t server = builder.module("/home/me/server", "\x01\x02\x03\x04\x05\x06\x07\x08");
  const uint32_t libc = builder.module("/lib/x86_64-linux-gnu/libc.so.6", "\x11\x12\x13\x14");
  const uint32_t own =
      builder.site({ledger::make_frame(server, 0x1234, false), ledger::make_frame(server, 0x99, true)});
  const uint32_t cut = builder.site({ledger::make_frame(libc, 0x2000, false)}, ledger::site_cut_unknown);
  const uint32_t generated = builder.site({ledger::make_frame(ledger::frame_no_module, 0x7f00, false)});
  const ledger::PythonCode code{builder.text("Handler.do_GET"), builder.text("server.py")};
  const uint32_t named = builder.text({reinterpret_cast<const char*>(&code), sizeof code}).offset;
  const uint32_t python = builder.site({ledger::make_python_frame(named, 41), ledger::make_frame(libc, 0x10, false)});
  uint32_t number = 3;
  for (auto kind = static_cast<uint8_t>(Kind::file); kind <= static_cast<uint8_t>(Kind::module); ++kind)
    builder.slot(number++, State::live, static_cast<Kind>(kind), kind % 2 ? own : cut,
                 LedgerBuilder::path("/var/log/visitors.log"));
  for (auto state = static_cast<uint8_t>(State::opening); state <= static_cast<uint8_t>(State::unseen); ++state)
    builder.slot(number++, static_cast<State>(state), Kind::descriptor, generated,
                 LedgerBuilder::piece(DetailTag::text, "dup of 5"));
  const std::string address = test::socket_address("127.0.0.1", 8080);
  builder.slot(number++, State::live, Kind::socket, own,
               LedgerBuilder::piece(DetailTag::local, address) + LedgerBuilder::piece(DetailTag::peer, address));
  for (auto kind = static_cast<uint8_t>(Kind::queue); kind <= static_cast<uint8_t>(Kind::module); ++kind)
    if (static_cast<Kind>(kind) != Kind::descriptor)
      builder.thing(static_cast<Kind>(kind), 100u + kind, own, kind % 2 ? ledger::thing_ended : ledger::thing_session);
  builder.slot(number++, State::live, Kind::file, python, LedgerBuilder::path("/etc/passwd"));
  builder.double_close(7, own, cut, own).detail = builder.text(LedgerBuilder::path("/etc/passwd"));
  builder.double_close(8, own, own, own).flags = ledger::event_sweep;
  return builder;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: seeds FOLDER\n", stderr), 2;
  const std::string folder = arguments[1];
  try {
    LedgerBuilder builder = everything();
    builder.write(folder + "/vanished");
    builder.ended_by_exit(3);
    builder.write(folder + "/ended");
    builder.header.flags |= ledger::header_forked;
    builder.header.end.how = ledger::EndHow::signal;
    builder.header.end.signal = 11;
    builder.header.lost.storage = 5;
    builder.header.trouble = builder.text("the store is full");
    builder.write(folder + "/crashed");
  } catch (const std::exception& wrong) {
    return std::fprintf(stderr, "seeds: %s\n", wrong.what()), 1;
  }
  return 0;
}
