# Flags of every target of ours. No fast-math and no contraction of a·b + c, which depends on the
# target, anywhere: results are reproducible bit for bit.
add_library(regrow_flags INTERFACE)
target_compile_features(regrow_flags INTERFACE cxx_std_20)
target_compile_options(regrow_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                       -ffp-contract=off
                       # What a failed check names, without the folder that the sources lay in.
                       -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(REGROW_WERROR)
  target_compile_options(regrow_flags INTERFACE -Werror)
endif()
# g++ 12 raises a false -Wrestrict on string concatenation at -O3 (GCC bug 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(regrow_flags INTERFACE -Wno-restrict)
endif()
if(REGROW_SANITIZE)
  target_compile_options(regrow_flags INTERFACE -fsanitize=${REGROW_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(regrow_flags INTERFACE -fsanitize=${REGROW_SANITIZE})
  # Under a sanitizer g++ 12 takes libstdc++'s own <regex> for uninitialized (GCC bug 105562); builds
  # without one keep the warning.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(regrow_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# regrow_library(NAME SOURCES … LINK …): one static library per folder of host/.
function(regrow_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/host)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE regrow_flags)
endfunction()
