# nvcc, where there is one that speaks C++20. Sets REGROW_HAVE_CUDA, REGROW_HAVE_CUDA_LIBRARY (cuBLAS
# and cuSPARSE too), why there is none (REGROW_WHY_NO_CUDA, REGROW_WHY_NO_CUDA_LIBRARY; the program
# says it as well), REGROW_NVTX_INCLUDE and the target regrow_cuda_flags.
set(REGROW_CUDA AUTO CACHE STRING "CUDA back end: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE REGROW_CUDA PROPERTY STRINGS AUTO ON OFF)
if(NOT REGROW_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "REGROW_CUDA=${REGROW_CUDA} is not allowed: AUTO, ON or OFF")
endif()

set(REGROW_HAVE_CUDA OFF)
set(REGROW_WHY_NO_CUDA "")
if(REGROW_CUDA STREQUAL "OFF")
  set(REGROW_WHY_NO_CUDA "REGROW_CUDA was OFF")
  message(STATUS "CUDA back end: off (REGROW_CUDA=OFF in the cache of ${PROJECT_BINARY_DIR}): "
                 "-DREGROW_CUDA=ON turns it on")
else()
  # Turing, Ampere and Hopper, and PTX for what comes later. `native` would need a GPU to configure.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "75-real;80-real;90" CACHE STRING "CUDA architectures")
  endif()
  # CMake remembers that it found none; there may be one by now.
  if(NOT CMAKE_CUDA_COMPILER)
    unset(CMAKE_CUDA_COMPILER CACHE)
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    set(REGROW_WHY_NO_CUDA "nvcc was not found")
    set(remedy "put nvcc 12 or newer on the PATH, or name it in CUDACXX or CUDA_PATH")
  else()
    enable_language(CUDA)
    find_package(CUDAToolkit QUIET)
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.0)
      set(REGROW_WHY_NO_CUDA "nvcc ${CMAKE_CUDA_COMPILER_VERSION} was too old")
      set(remedy "C++20 needs nvcc 12 or newer; name it with -DCMAKE_CUDA_COMPILER in a new folder")
    elseif(NOT CUDAToolkit_FOUND)
      set(REGROW_WHY_NO_CUDA "the toolkit of ${CMAKE_CUDA_COMPILER} was not found")
      set(remedy "install all of the CUDA Toolkit")
    else()
      # CMake before 3.25.2 does not know that nvcc 12 has C++20, and falls back without a word.
      if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
        set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
        set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
      endif()
      set(CMAKE_CUDA_STANDARD 20)
      set(CMAKE_CUDA_STANDARD_REQUIRED ON)
      set(CMAKE_CUDA_EXTENSIONS OFF)
      set(REGROW_HAVE_CUDA ON)
    endif()
  endif()
  if(NOT REGROW_HAVE_CUDA)
    if(REGROW_CUDA STREQUAL "ON")
      message(FATAL_ERROR "REGROW_CUDA=ON, but ${REGROW_WHY_NO_CUDA}: ${remedy}")
    endif()
    message(STATUS "CUDA back end: off (${REGROW_WHY_NO_CUDA}): ${remedy}")
  endif()
endif()

set(REGROW_HAVE_CUDA_LIBRARY OFF)
set(REGROW_WHY_NO_CUDA_LIBRARY "${REGROW_WHY_NO_CUDA}")
if(REGROW_HAVE_CUDA)
  message(STATUS "CUDA back end: nvcc ${CMAKE_CUDA_COMPILER_VERSION}, ${CMAKE_CUDA_ARCHITECTURES}")
  if(TARGET CUDA::cublas AND TARGET CUDA::cusparse)
    set(REGROW_HAVE_CUDA_LIBRARY ON)
  else()
    set(REGROW_WHY_NO_CUDA_LIBRARY "cuBLAS or cuSPARSE was not found")
    message(STATUS "cuda-cusparse, cuda-dense: off (${REGROW_WHY_NO_CUDA_LIBRARY})")
  endif()
  add_library(regrow_cuda_flags INTERFACE)
  # Denormals are flushed, as on the CPU's worker threads. Device functions of the public headers
  # are constexpr and use std::array.
  target_compile_options(regrow_cuda_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:-ftz=true -lineinfo --expt-relaxed-constexpr
      -Xcudafe=--display_error_number -Xcompiler=-Wall,-Wextra
      $<$<BOOL:${REGROW_WERROR}>:-Werror=all-warnings>>)
endif()

# The toolkit also brings NVTX 3, in headers alone, which need no GPU.
if(REGROW_HAVE_CUDA OR REGROW_EMULATION)
  find_path(REGROW_NVTX_INCLUDE nvtx3/nvToolsExt.h
            HINTS ${CUDAToolkit_INCLUDE_DIRS} /usr/local/cuda/include)
  if(NOT REGROW_NVTX_INCLUDE)
    message(STATUS "NVTX: not found; there are no ranges for a profiler to show, and no tests of them")
  endif()
endif()
