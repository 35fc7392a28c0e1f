# Writes OUTPUT, a C++ file with the bytes of FILES (a list with | between), for wire/page_files.hpp.
string(REPLACE "|" ";" FILES "${FILES}")
set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND arrays "constexpr char file_${number}[] = {${bytes}};\n")
  string(APPEND rows "    page_file{\"${name}\", {file_${number}, sizeof(file_${number})}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}" "#include \"wire/page_files.hpp\"

namespace redis_agent::wire {
namespace {

${arrays}
constexpr page_file files[] = {
${rows}};

}  // namespace

std::span<const page_file> page_files() { return files; }

}  // namespace redis_agent::wire
")
