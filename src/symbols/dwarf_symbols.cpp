#include "src/symbols/dwarf_symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "src/symbols/demangle.h"
#include "src/symbols/module_file.h"
#include "src/symbols/symbol_table.h"

namespace lifeguard::symbols {
namespace {

const char* language_name(int language) {
  switch (language) {
    case DW_LANG_C89:
    case DW_LANG_C:
    case DW_LANG_C99:
    case DW_LANG_C11:
      return "c";
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
      return "c++";
    case DW_LANG_Rust:
      return "rust";
    case DW_LANG_Go:
      return "go";
    case DW_LANG_D:
      return "d";
    case DW_LANG_Swift:
      return "swift";
    case DW_LANG_Fortran90:
    case DW_LANG_Fortran95:
    case DW_LANG_Fortran03:
    case DW_LANG_Fortran08:
      return "fortran";
    case DW_LANG_Mips_Assembler:
      return "assembler";
    default:
      return "";
  }
}

const char* attribute_text(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

// "app::Server::" of a function that has no linkage name (one that exists only where it was inlined): the scopes around
// its declaration. A class without a name is nearly always a lambda's.
std::string scope_of(Dwarf_Die* die) {
  Dwarf_Die declared = *die, next;
  Dwarf_Attribute attribute;
  for (unsigned name : {DW_AT_abstract_origin, DW_AT_specification})
    if (dwarf_attr(&declared, name, &attribute) && dwarf_formref_die(&attribute, &next)) declared = next;
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes_die(&declared, &scopes);
  std::string text;
  for (int i = 1; i < count; ++i) {
    const int tag = dwarf_tag(&scopes[i]);
    if (tag != DW_TAG_namespace && tag != DW_TAG_class_type && tag != DW_TAG_structure_type &&
        tag != DW_TAG_subprogram && tag != DW_TAG_union_type)
      continue;
    const char* name = attribute_text(&scopes[i], DW_AT_name);
    text = std::string(name ? name : tag == DW_TAG_namespace ? "(anonymous namespace)" : "(lambda)") + "::" + text;
    // A method that is defined outside of its class stands in no scope itself, but its declaration does.
    if (tag == DW_TAG_subprogram &&
        (dwarf_hasattr(&scopes[i], DW_AT_specification) || dwarf_hasattr(&scopes[i], DW_AT_abstract_origin))) {
      text = scope_of(&scopes[i]) + text;
      break;
    }
  }
  std::free(scopes);
  return text;
}

std::string function_name(Dwarf_Die* die) {
  const char* linked = attribute_text(die, DW_AT_linkage_name);
  if (!linked) linked = attribute_text(die, DW_AT_MIPS_linkage_name);
  if (linked) return demangle(linked);
  const char* plain = attribute_text(die, DW_AT_name);
  return plain ? scope_of(die) + plain : "";
}

std::string absolute(const char* file, Dwarf_Die* unit) {
  std::filesystem::path path(file);
  if (path.is_relative())
    if (const char* folder = attribute_text(unit, DW_AT_comp_dir)) path = std::filesystem::path(folder) / path;
  return path.lexically_normal().string();
}

// The functions that hold an address, from the outermost: one subprogram, then what was inlined into it.
bool functions_at(Dwarf_Die* parent, Dwarf_Addr address, std::vector<Dwarf_Die>* found) {
  Dwarf_Die child;
  if (dwarf_child(parent, &child) != 0) return false;
  do {
    const int tag = dwarf_tag(&child);
    // Namespaces, classes and modules have no ranges of their own but can hold functions that have.
    const bool holds_code =
        tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_class_type || tag == DW_TAG_structure_type;
    const bool covers = !holds_code && dwarf_haspc(&child, address) == 1;
    if (!holds_code && !covers) continue;
    const bool function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
    if (covers && function) found->push_back(child);
    if (functions_at(&child, address, found)) return true;
    if (covers && !found->empty()) return true;
  } while (dwarf_siblingof(&child, &child) == 0);
  return false;
}

const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

}  // namespace

class LoadedModule {
 public:
  LoadedModule(const report::Module& module, bool network) : name_(module) {
    ModuleFile file = find_module_file(module, network);
    note_ = file.note;
    if (file.descriptor < 0) return;
    dwfl_ = dwfl_begin(&callbacks);
    dwfl_report_begin(dwfl_);
    // Base 0: addresses are the file's own, as in the ledger.
    module_ = dwfl_report_elf(dwfl_, file.path.c_str(), file.path.c_str(), file.descriptor, 0, true);
    if (!module_) {
      ::close(file.descriptor);
      note_ = "not an ELF file";
    }
    dwfl_report_end(dwfl_, nullptr, nullptr);
    if (!module_) return;
    dwarf_ = dwfl_module_getdwarf(module_, &bias_);
    table_.read(module_);
  }
  ~LoadedModule() {
    if (dwfl_) dwfl_end(dwfl_);
  }
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;

  report::Stack resolve(uint64_t offset, bool exact) {
    auto [known, added] = resolved_.try_emplace({offset, exact});
    if (added) known->second = look_up(offset, exact);
    return known->second;
  }

 private:
  report::Stack look_up(uint64_t offset, bool exact) {
    const uint64_t address = exact || offset == 0 ? offset : offset - 1;  // a call stands before where it returns to
    report::Stack frames;
    Dwarf_Die unit;
    if (module_ && find_unit(address, &unit)) frames = look_up_in(&unit, address);
    if (frames.empty()) frames.emplace_back();
    report::Frame& outermost = frames.back();
    if (module_ && outermost.function.empty())
      if (const char* symbol = table_.at(address)) {
        outermost.function = demangle(symbol);
        if (outermost.language.empty()) outermost.language = language_of(symbol);
      }
    for (report::Frame& frame : frames) {
      frame.module = name_.path;
      frame.build_id = name_.build_id;
      frame.offset = offset;
      frame.exact = exact;
      frame.note = note_;
    }
    return frames;
  }

  bool find_unit(uint64_t address, Dwarf_Die* unit) {
    Dwarf_Addr bias;
    if (Dwarf_Die* found = dwfl_module_addrdie(module_, address, &bias)) {
      *unit = *found;
      return true;
    }
    // clang leaves out the table of address ranges that libdw looks in: make one from the units themselves.
    if (!dwarf_) return false;
    if (!ranges_read_) read_ranges();
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address - bias_,
                                  [](Dwarf_Addr a, const Range& range) { return a < range.begin; });
    if (after == ranges_.begin() || address - bias_ >= (--after)->end) return false;
    return dwarf_offdie(dwarf_, after->unit, unit) != nullptr;
  }

  void read_ranges() {
    ranges_read_ = true;
    Dwarf_Off at = 0, next;
    size_t header_size;
    for (; dwarf_nextcu(dwarf_, at, &next, &header_size, nullptr, nullptr, nullptr) == 0; at = next) {
      Dwarf_Die unit;
      if (!dwarf_offdie(dwarf_, at + header_size, &unit)) continue;
      Dwarf_Addr base, begin, end;
      for (ptrdiff_t i = 0; (i = dwarf_ranges(&unit, i, &base, &begin, &end)) > 0;)
        if (begin < end) ranges_.push_back({begin, end, at + header_size});
    }
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  }

  report::Stack look_up_in(Dwarf_Die* skeleton, uint64_t address) {
    Dwarf_Die unit = *skeleton, split{};
    // With split debug information the unit found only says in which file the real one lies.
    uint8_t type = 0;
    Dwarf_Half version;
    if (dwarf_cu_info(skeleton->cu, &version, &type, nullptr, &split, nullptr, nullptr, nullptr) == 0 &&
        type == DW_UT_skeleton && split.addr)
      unit = split;
    const char* language = language_name(dwarf_srclang(&unit));

    std::string file;
    int line = 0;
    if (Dwarf_Line* place = dwarf_getsrc_die(skeleton, address - bias_)) {
      if (const char* source = dwarf_linesrc(place, nullptr, nullptr)) file = absolute(source, skeleton);
      dwarf_lineno(place, &line);
    }
    std::vector<Dwarf_Die> functions;
    functions_at(&unit, address - bias_, &functions);
    Dwarf_Files* files = nullptr;
    size_t file_count = 0;
    if (functions.size() > 1 && dwarf_getsrcfiles(&unit, &files, &file_count) != 0) files = nullptr;

    report::Stack frames;
    for (auto function = functions.rbegin(); function != functions.rend(); ++function) {
      report::Frame frame;
      frame.function = function_name(&*function);
      frame.file = file;
      frame.line = line;
      frame.inlined = dwarf_tag(&*function) == DW_TAG_inlined_subroutine;
      frame.language = language;
      frames.push_back(std::move(frame));
      if (dwarf_tag(&*function) != DW_TAG_inlined_subroutine) continue;
      // The next one out stands where this one was called.
      Dwarf_Attribute attribute;
      Dwarf_Word call_line = 0, call_file = 0;
      dwarf_formudata(dwarf_attr(&*function, DW_AT_call_line, &attribute), &call_line);
      line = static_cast<int>(call_line);
      if (dwarf_formudata(dwarf_attr(&*function, DW_AT_call_file, &attribute), &call_file) == 0 && files)
        if (const char* source = dwarf_filesrc(files, call_file, nullptr, nullptr)) file = absolute(source, skeleton);
    }
    if (frames.empty() && !file.empty()) {
      frames.emplace_back();
      frames.back().file = file;
      frames.back().line = line;
      frames.back().language = language;
    }
    return frames;
  }

  struct Range {
    Dwarf_Addr begin, end;
    Dwarf_Off unit;
  };

  report::Module name_;
  std::string note_;
  Dwfl* dwfl_ = nullptr;
  Dwfl_Module* module_ = nullptr;
  Dwarf* dwarf_ = nullptr;
  Dwarf_Addr bias_ = 0;
  SymbolTable table_;
  bool ranges_read_ = false;
  std::vector<Range> ranges_;
  std::map<std::pair<uint64_t, bool>, report::Stack> resolved_;
};

DwarfSymbols::DwarfSymbols(bool network) : network_(network) {}
DwarfSymbols::~DwarfSymbols() = default;

report::Stack DwarfSymbols::resolve(const report::Module& module, uint64_t offset, bool exact) {
  std::unique_ptr<LoadedModule>& loaded = modules_[{module.path, module.build_id}];
  if (!loaded) loaded = std::make_unique<LoadedModule>(module, network_);
  return loaded->resolve(offset, exact);
}

}  // namespace lifeguard::symbols
