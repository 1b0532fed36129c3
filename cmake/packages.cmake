# What a build needs from elsewhere. Where it is missing, the error says what installs it.

# regrow_not_found(WHAT GROUP [OPTION]): GROUP is one of tools/install_packages.sh; OPTION, if there
# is one, is what WHAT is needed for.
function(regrow_not_found what group)
  set(or "")
  if(ARGC GREATER 2)
    set(or ", or configure with -D${ARGV2}=OFF")
  endif()
  message(FATAL_ERROR "${what} was not found: install it with tools/install_packages.sh ${group}${or}")
endfunction()

# regrow_find_package(NAME GROUP [OPTION])
function(regrow_find_package name group)
  find_package(${name} QUIET)
  if(NOT ${name}_FOUND)
    regrow_not_found(${name} ${group} ${ARGN})
  endif()
endfunction()

# regrow_find_header(VARIABLE HEADER WHAT GROUP [OPTION]): what has headers alone, and no CMake
# package. VARIABLE: the folder, in the cache. More to search is in HINTS and SUFFIXES.
function(regrow_find_header variable header what group)
  cmake_parse_arguments(ARG "" "" "HINTS;SUFFIXES" ${ARGN})
  find_path(${variable} ${header} HINTS ${ARG_HINTS} PATH_SUFFIXES ${ARG_SUFFIXES})
  if(NOT ${variable})
    regrow_not_found(${what} ${group} ${ARG_UNPARSED_ARGUMENTS})
  endif()
endfunction()
