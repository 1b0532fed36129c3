// CUDA for the host compiler: a kernel's source, unchanged, runs on the CPU. Each CUDA thread is a
// fiber that runs until it meets a barrier or a warp collective; what would hang or be undefined on
// a GPU throws KernelFault, and sanitizers see kernels as they see any code.
// Not covered: cooperative groups, textures, inline PTX, __reduce_*_sync (which sm_75 lacks), and
// whatever waits for another block.
#pragma once

#include "common/emulation/atomics.h"
#include "common/emulation/language.h"
#include "common/emulation/launch.h"
#include "common/emulation/math.h"
#include "common/emulation/options.h"
#include "common/emulation/synchronisation.h"
#include "common/emulation/vector_types.h"
