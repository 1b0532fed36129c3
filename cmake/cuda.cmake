# nvcc, where there is one that speaks C++20, and Thrust, which also runs on the CPU.
# Sets REGROW_HAVE_CUDA, REGROW_THRUST_INCLUDE, REGROW_NVTX_INCLUDE and the target regrow_cuda_flags.
set(REGROW_CUDA AUTO CACHE STRING "CUDA back end: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE REGROW_CUDA PROPERTY STRINGS AUTO ON OFF)

set(REGROW_HAVE_CUDA OFF)
if(NOT REGROW_CUDA STREQUAL "OFF")
  # Turing, Ampere and Hopper, and PTX for what comes later. `native` would need a GPU to configure.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "75-real;80-real;90" CACHE STRING "CUDA architectures")
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    set(reason "nvcc was not found")
  else()
    enable_language(CUDA)
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.0)
      set(reason "nvcc ${CMAKE_CUDA_COMPILER_VERSION} has no C++20; 12.0 or newer is needed")
    else()
      # CMake before 3.25.2 does not know that nvcc 12 has C++20, and falls back without a word.
      if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
        set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
        set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
      endif()
      set(CMAKE_CUDA_STANDARD 20)
      set(CMAKE_CUDA_STANDARD_REQUIRED ON)
      set(CMAKE_CUDA_EXTENSIONS OFF)
      find_package(CUDAToolkit REQUIRED)
      set(REGROW_HAVE_CUDA ON)
    endif()
  endif()
  if(NOT REGROW_HAVE_CUDA)
    if(REGROW_CUDA STREQUAL "ON")
      message(FATAL_ERROR "REGROW_CUDA=ON, but ${reason}")
    endif()
    message(STATUS "CUDA back end: off (${reason})")
  endif()
endif()

if(REGROW_HAVE_CUDA)
  message(STATUS "CUDA back end: nvcc ${CMAKE_CUDA_COMPILER_VERSION}, ${CMAKE_CUDA_ARCHITECTURES}")
  add_library(regrow_cuda_flags INTERFACE)
  # Denormals are flushed, as on the CPU's worker threads. Device functions of the public headers
  # are constexpr and use std::array.
  target_compile_options(regrow_cuda_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:-ftz=true -lineinfo --expt-relaxed-constexpr
      -Xcudafe=--display_error_number -Xcompiler=-Wall,-Wextra
      $<$<BOOL:${REGROW_WERROR}>:-Werror=all-warnings>>)
endif()

# The toolkit brings Thrust; so does Debian's libthrust-dev.
find_path(REGROW_THRUST_INCLUDE thrust/sort.h
          HINTS ${CUDAToolkit_INCLUDE_DIRS} /usr/local/cuda/include PATH_SUFFIXES cccl)
if(NOT REGROW_THRUST_INCLUDE)
  message(FATAL_ERROR "Thrust was not found: install the CUDA Toolkit or Debian's libthrust-dev")
endif()

# The toolkit also brings NVTX 3, in headers alone, which need no GPU.
find_path(REGROW_NVTX_INCLUDE nvtx3/nvToolsExt.h
          HINTS ${CUDAToolkit_INCLUDE_DIRS} /usr/local/cuda/include)
if(NOT REGROW_NVTX_INCLUDE)
  message(STATUS "NVTX: not found; there are no ranges for a profiler to show, and no tests of them")
endif()
