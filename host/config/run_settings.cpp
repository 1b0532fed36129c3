// The rows of section [run].
#include <fmt/format.h>

#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"
#include "config/value_texts.h"
#include "regrow/device_names.h"

namespace regrow {
namespace {

Setting device() {
  Setting setting = checked_text("device", &Config::device, "", is_device_name,
                                 "what computes; auto: the first GPU that works, else the CPU; "
                                 "check: two in lockstep, compared");
  setting.choices = device_names();
  setting.allowed = joined(setting.choices) + ", check:A,B; cuda:N for the GPU of number N";
  return setting;
}

}  // namespace

std::vector<Setting> run_settings() {
  return {
      main_setting(device()),
      formerly(
          "activations",
          choice("activation_dtype", &Config::activation_dtype,
                 {{ActivationStorage::kFloat32, "fp32"}, {ActivationStorage::kBFloat16, "bf16"}},
                 "type in which activations are stored; bf16 (cpu and cuda) halves their memory "
                 "traffic")),
      changes_on_resume(local(formerly(
          "graph",
          on_off("cuda_graph", &Config::cuda_graph,
                 "launch a GPU's training step as one CUDA graph; false: kernel by kernel")))),
      changes_on_resume(local(main_setting(integer(
          "threads", &Config::threads, 0, 1024,
          "CPU threads; 0: one for each processor; more than processors are not started")))),
      on_off("topology", &Config::topology,
             "record after every epoch how the masks changed: overlap, explored cells, degrees; "
             "changes no network"),
      changes_on_resume(local(
          on_off("tensorboard", &Config::tensorboard, "write an event file for TensorBoard"))),
      named("simd", &Config::simd, {"auto", "avx512", "avx2", "portable"}, "CPU instruction set"),
      local(main_setting(text("out", &Config::out, "a folder",
                              "folder of the run; empty: runs/DATASET-METHOD-sSEED"))),
      changes_on_resume(
          local(parsed("checkpoint_every", SettingKind::kTextOrReal, &Config::checkpoint_every,
                       fmt::format("auto, epochs from 1 to {}, seconds as 30s", kMostEpochs),
                       parse_checkpoint_interval, print_checkpoint_interval,
                       "how often the state is saved: after so many epochs, or seconds; auto: at "
                       "most every 30 s "
                       "and for less than 1 % of the time"))),
      changes_on_resume(local(
          parsed("profile_epochs", SettingKind::kText, &Config::profile_epochs, "first:last",
                 parse_epoch_span, print_epoch_span,
                 "epochs that a profiler of the GPU records, counted from 0, both included; empty: "
                 "none"))),
  };
}

}  // namespace regrow
