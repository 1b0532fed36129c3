// For every setting: values it takes, among them each bound of its range, and values it refuses,
// among them the first beyond each bound. Written out by hand: it is what the table is tested by.
#pragma once

#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace regrow {

struct SettingCase {
  std::string key;
  std::vector<std::string> accepted;  // the first is not the default
  std::vector<std::string> refused;
};

inline constexpr const char* kMaxSeed = "9223372036854775807";
inline constexpr const char* kBeyondSeed = "9223372036854775808";
inline constexpr int kDoubleDigits = 53;

inline const std::vector<SettingCase>& setting_cases() {
  static const std::vector<SettingCase> cases = {
      {"preset", {"paper", "default"}, {"", "thesis", "Paper"}},
      {"dataset", {"fashion_mnist", "mnist", "synthetic", "cifar10"}, {"cifar100", ""}},
      {"data",
       {"/data/cifar \"10\"\\x\n\t", "/données", ""},
       {"/donn\xE9"
        "es"}},
      {"validation",
       {"test", "holdout:1", "holdout:100000000"},
       {"", "holdout", "holdout:", "holdout:0", "holdout:-1", "holdout:5x", "holdout:100000001"}},
      {"data_seed", {kMaxSeed, "0"}, {"-1", kBeyondSeed, "1.5", "x", ""}},
      {"input_order", {"chw", "hwc"}, {"whc"}},
      {"synthetic_features", {"1", "16777216"}, {"0", "16777217"}},
      {"synthetic_classes", {"2", "65535"}, {"1", "65536"}},
      {"synthetic_train", {"1", "100000000"}, {"0", "100000001"}},
      {"synthetic_test", {"1", "100000000"}, {"0", "100000001"}},
      {"synthetic_kind", {"teacher", "regression", "clusters"}, {"cluster"}},
      {"hidden",
       {"5", "1,16777216", "4000,1000,4000"},
       {"", "0", "16777217", "4000,", ",4000", "4000,,1", "4000 1000", "4e3", "4000,-1"}},
      {"epsilon", {"0", "0.1", "1e+09"}, {"-0.1", "1.1e9", "nan", "inf", "20x", ""}},
      {"density", {"0.1", "1", "1e-09", "0"}, {"-0.1", "1.01", "nan", ""}},
      {"connections", {"0,1000000000000", "7", ""}, {"-1", "1000000000001", "1,"}},
      {"sparse_init", {"bernoulli", "exact"}, {"binomial"}},
      {"weight_init", {"glorot_dense", "he_sparse", "lecun_sparse"}, {"glorot"}},
      {"init_from", {"runs/first", "a b.safetensors"}, {std::string("\xff")}},
      {"activation",
       {"relu", "all_relu", "srelu", "gelu", "srelu,relu,gelu", "leaky_relu"},
       {"", "elu", "relu,", ",relu", "relu,,gelu", "relu gelu", "relu, gelu", "ReLU"}},
      {"leaky_slope", {"0", "1", "0.01"}, {"-0.01", "1.01"}},
      {"dropout", {"0", "0.99"}, {"1", "-0.1"}},
      {"epochs", {"1", "1000000"}, {"0", "1000001", "ten", "1e3"}},
      {"seed", {kMaxSeed, "0"}, {"-1", kBeyondSeed}},
      {"batch", {"1", "100000000"}, {"0", "100000001"}},
      {"learning_rate", {"1000", "1e-06", "0.1"}, {"0", "-0.1", "1001", "nan"}},
      {"schedule", {"cosine", "step", "constant"}, {"linear"}},
      {"warmup_epochs", {"1000000", "0"}, {"-1", "1000001"}},
      {"decay_epochs", {"1000000", "0"}, {"-1", "1000001"}},
      {"restart_epochs", {"1,1000000", "30", ""}, {"0", "-1", "1000001", "1,", "10 30"}},
      {"step_epochs", {"1", "1000000"}, {"0", "1000001"}},
      {"step_factor", {"1", "0.001"}, {"0", "1.1"}},
      {"optimiser", {"nesterov", "adam", "adamw", "sgd"}, {"rmsprop", "Adam", ""}},
      {"momentum", {"0", "0.999"}, {"1", "-0.1"}},
      {"beta1", {"0", "0.99"}, {"1", "-0.1"}},
      {"beta2", {"0", "0.9"}, {"1", "-0.1"}},
      {"adam_epsilon", {"1", "1e-20"}, {"0", "1e-21", "-1e-08", "1.1"}},
      {"momentum_reset", {"epoch", "never", "grown"}, {"always"}},
      {"weight_decay", {"1000", "0"}, {"-0.1", "1001"}},
      {"clip_norm", {"1000", "0.5", "0"}, {"-0.1", "1001", "nan"}},
      {"loss", {"mse", "cross_entropy"}, {"hinge", ""}},
      {"label_smoothing", {"0.1", "0"}, {"1", "-0.1"}},
      {"class_weight",
       {"balanced", "1,0,1e+06", "0.25", "none"},
       {"", "balance", "1,", ",1", "1,,2", "-1,1", "1,1e7", "0,0", "nan", "1,x"}},
      {"monitor", {"loss", "val_loss", "acc", "val_acc", "auto"}, {"none", "accuracy"}},
      {"patience", {"1", "1000000", "0"}, {"-1", "1000001", "1.5"}},
      {"min_delta", {"0.001", "1000", "0"}, {"-0.1", "1001"}},
      {"augment", {"false", "true"}, {"1", "yes", ""}},
      {"rotate_degrees", {"0", "180"}, {"-1", "181"}},
      {"shift_fraction", {"0", "1"}, {"-0.1", "1.1"}},
      {"flip_probability", {"0", "1"}, {"-0.1", "1.1"}},
      {"interpolation", {"nearest", "bilinear"}, {"cubic"}},
      {"method",
       {"static", "set", "accset", "lset", "dynset", "rigl", "gse", "dense"},
       {"acset", "SET", "", "RigL"}},
      {"evolve_every",
       {"2e", "1000000e", "100", "4294967295", "1", "1e"},
       {"", "0", "0e", "-1", "-1e", "1000001e", "4294967296", "1.5e", "e", "1 e", "1E", "100s"}},
      {"evolve_until", {"0.75", "1e-09", "1"}, {"0", "-0.5", "1.01", "nan", ""}},
      {"evolution_epochs", {"1000000", "0"}, {"-1", "1000001"}},
      {"measure", {"loss", "val_loss", "acc", "val_acc", "auto"}, {"accuracy"}},
      {"pause", {"none", "loss", "val_loss", "acc", "val_acc", "auto"}, {"never"}},
      {"pause_gap", {"1", "1000000"}, {"0", "1000001"}},
      {"pause_min_history", {"2", "1000000"}, {"1", "1000001"}},
      {"drop", {"magnitude", "global_magnitude", "per_sign"}, {"random"}},
      {"zeta",
       {"0", "1", "0.000001", "0.999999", "0.3"},
       {"-0.1", "1.000001", "2", "0.1234567", "1e-7", "", ".", "e1", "3e", "3e+-1", "3e--1", "0.3 ",
        "1e99999999999999999999", "nan", "0.0.1", "0.-1"}},
      {"zeta_schedule", {"cosine", "linear", "exponential", "cubic", "constant"}, {"cos", ""}},
      {"final_zeta", {"0.05", "1", "0.000001", "0"}, {"-0.1", "1.000001", "0.1234567", ""}},
      {"grace", {"1", "1000000", "0"}, {"-1", "1000001"}},
      {"grow",
       {"one_neighbour", "most_neighbours", "pixel_neighbour", "gradient",
        "ranks:0,1,1,0,0,0,0,0,0", "pixel_ranks:0,1,127,never,0,0,0,0,never",
        "few=ranks:0,1,1,0,0,0,0,0,0", "random"},
       {"neighbour",
        "",
        "Random",
        "ranks:",
        "ranks:0,1,1,0,0,0,0,0",
        "ranks:0,1,1,0,0,0,0,0,0,0",
        "ranks:0,1,1,0,0,0,0,0,128",
        "ranks:0,1,1,0,0,0,0,0,-1",
        "ranks:0,1,1,0,0,0,0,0,1.0",
        "ranks:0,1,1,0,0,0,0,0,",
        "ranks:0,1,1,0,0,0,0,0,x",
        "Ranks:0,1,1,0,0,0,0,0,0",
        "ranks:never,never,never,never,never,never,never,never,never",
        "random=ranks:0,1,1,0,0,0,0,0,0",
        "=ranks:0,1,1,0,0,0,0,0,0",
        "a b=ranks:0,1,1,0,0,0,0,0,0",
        "1st=ranks:0,1,1,0,0,0,0,0,0",
        "few=random",
        "few=",
        "gradient=ranks:0,1,1,0,0,0,0,0,0",
        "few=gradient"}},
      {"grow_tie", {"by_index", "random"}, {"index"}},
      {"neighbourhood", {"cross4", "diagonal4", "moore8"}, {"moore"}},
      {"grow_value", {"fresh", "zero"}, {"0"}},
      {"regrow_dropped", {"false", "true"}, {"no", ""}},
      {"candidates", {"uniform", "grabo", "graest", "all"}, {"none", "GraBo", ""}},
      {"candidate_ratio", {"1000", "0.5", "1e-09", "1"}, {"0", "-1", "1000.1", "nan", ""}},
      {"delta", {"removed", "initial"}, {"dropped"}},
      {"k", {"-0.999", "0.999"}, {"-1", "1"}},
      {"theta_scale", {"0", "1000"}, {"-0.1", "1001"}},
      {"theta_max", {"0", "1000"}, {"-0.1", "1001"}},
      {"initial_loss", {"ln_classes", "2.29", "first"}, {"0", "-1", "last", "nan", "inf", ""}},
      {"density_schedule", {"cubic", "linear", "cosine", "exponential", "constant"}, {"gmp", ""}},
      {"final_density", {"0.01", "1", "1e-09", "0"}, {"-0.1", "1.01", "nan", ""}},
      {"device",
       {"cpu", "reference", "cuda", "cuda:1", "cuda-cusparse", "cuda-dense", "cuda-emulated",
        "check:cpu,reference", "check:cuda:1,cpu", "auto"},
       {"", "the cpu", "cpu\n", "cpu:1", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "gpu",
        "check:cpu", "check:cpu,", "check:cpu,tpu", "check:check:cpu,cpu,cpu"}},
      {"activation_dtype", {"bf16", "fp32"}, {"fp16", ""}},
      {"cuda_graph", {"false", "true"}, {"on", ""}},
      {"tensorboard", {"false", "true"}, {"off", ""}},
      {"topology", {"false", "true"}, {"off", ""}},
      {"threads", {"1024", "0"}, {"-1", "1025"}},
      {"simd", {"avx512", "avx2", "portable", "auto"}, {"sse"}},
      {"out", {"runs/a b", ""}, {}},
      {"checkpoint_every",
       {"1000000", "1", "30s", "0.25s", "1e+09s", "auto"},
       {"0", "-1", "1000001", "1.5", "", "s", "0s", "-1s", "nans", "infs", "1e10s", "30 s", "30m"}},
      {"profile_epochs",
       {"2:4", "0:0", "1000000:1000000", ""},
       {"2", ":", "2:", ":4", "4:2", "-1:2", "1:1000001", "a:b", "2:4:6", "2-4"}},
  };
  return cases;
}

/// Any double in (0, 1], the denormal ones included.
inline rc::Gen<double> share_above_zero() {
  return rc::gen::apply(
      [](std::int64_t digits, int exponent) { return std::ldexp(digits, exponent); },
      rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << kDoubleDigits),
      rc::gen::inRange(-1074, 1 - kDoubleDigits));
}

}  // namespace regrow
