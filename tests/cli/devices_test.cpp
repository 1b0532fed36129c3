// Which device the program takes, how it says so, and what it says where it cannot.
#include "regrow/devices.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "backend/part_support.h"
#include "cli/program.h"
#include "device/device_names.h"
#include "io/npy.h"
#include "regrow/error.h"
#include "support/emulation.h"

namespace regrow::tests {
namespace {

/// Where the machine has a GPU the program beside this test may use it.
[[maybe_unused]] bool has_gpu(const CommandResult& devices) {
  return devices.out.find("auto means cuda") != std::string::npos;
}

class Devices : public Program {
 protected:
  /// The program as it is where nothing lies beside it.
  CommandResult alone(const std::string& arguments) const {
    std::filesystem::create_directories(at("bin"));
    std::filesystem::copy_file(REGROW_PROGRAM, at("bin/regrow"),
                               std::filesystem::copy_options::skip_existing);
    std::vector<std::string> command = words(arguments);
    command[0] = at("bin/regrow").string();
    CommandOptions options;
    options.folder = dir_.path();
    return run_command(command, options);
  }

  /// "samples.npy": two samples of 12 features, as kTrain trains on.
  void write_samples() const {
    std::vector<float> values;
    for (int i = 0; i < 24; ++i) values.push_back(static_cast<float>(i % 7 * 30));
    std::ofstream(at("samples.npy"), std::ios::binary)
        << npy_file(values, std::array<std::uint64_t, 2>{2, 12});
  }
};

TEST_F(Devices, AreListedWithTheReasonWhyTheyAreMissing) {
  const CommandResult result = alone("devices");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const std::string line :
       {"device         available  what", "\ncpu            yes        truly sparse, ",
        "\nreference      yes ", "\ncuda           no         truly sparse on an NVIDIA GPU\n",
        "\ncuda: no GPU: libregrow_cuda.so is not in ",
        "\ncuda-cusparse, cuda-dense: no GPU: libregrow_cuda_library.so is not in ",
        "\ncuda-cusparse  no ", "\ncuda-dense     no ",
        kHasEmulation ? "\ncuda-emulated  yes        the kernels of cuda on the CPU: very slow, "
                        "for debugging\n"
                      : "\ncuda-emulated  no ",
        "\nauto means cpu\n"}) {
    EXPECT_NE(("\n" + result.out).find(line), std::string::npos) << line << " in\n" << result.out;
  }
}

TEST_F(Devices, AreADocumentForPrograms) {
  const auto document = nlohmann::json::parse(alone("devices --format json").out);
  EXPECT_EQ(document["auto"]["device"], "cpu");
  EXPECT_EQ(document["devices"][0],
            nlohmann::json({{"device", "cpu"},
                            {"available", true},
                            {"description", "truly sparse, threads and SIMD"},
                            {"detail", nullptr}}));
  EXPECT_EQ(document["devices"][2]["available"], false);
  EXPECT_EQ(document["devices"][2]["detail"].get<std::string>().rfind("no GPU: ", 0), 0U);
}

TEST_F(Devices, WithoutAPluginAutoTakesTheCpuAndSaysSo) {
  const std::string train = std::string(kTrain) + "--device auto --epochs 1 ";
  const CommandResult result = alone(train + "--out r");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.rfind("device: cpu (no GPU; see regrow devices)\n", 0), 0U) << result.out;
  EXPECT_NE(content("r/config.toml").find("device = \"cpu\""), std::string::npos);
  EXPECT_EQ(alone(train + "--out q --quiet").out.rfind("finished", 0), 0U);
  expect_error(alone(train + "--device cuda --out s"), 1,
               {"device 'cuda': no GPU: libregrow_cuda.so is not in", "or use --device cpu"});
  EXPECT_FALSE(std::filesystem::exists(at("s")));
}

// The plugin opens; the driver is missing, too old, or finds no device.
TEST_F(Devices, WithThePluginAndNoGpuAutoSaysWhatIsMissing) {
#if !defined(CUDA_PLUGIN)
  GTEST_SKIP() << "no nvcc: no plugin";
#else
  const CommandResult devices = regrow("devices");
  if (has_gpu(devices)) GTEST_SKIP() << "there is a GPU";
  const std::string train = std::string(kTrain) + "--device auto --epochs 1 --out r";
  const std::string out = regrow(train).out;
  EXPECT_EQ(out.rfind("device: cpu (no GPU; see regrow devices)\n", 0), 0U) << out;
  EXPECT_TRUE(devices.out.find("no GPU: no CUDA driver") != std::string::npos ||
              devices.out.find("no GPU: the driver") != std::string::npos ||
              devices.out.find("no GPU: no CUDA device") != std::string::npos)
      << devices.out;
  expect_error(regrow(train + "2 --device cuda"), 1, {"device 'cuda': no GPU: ", "--device cpu"});
#endif
}

TEST_F(Devices, TheEmulatedOneTrainsAndGoesOn) {
  if (!kHasEmulation) GTEST_SKIP() << kNoEmulation;
  // Four steps an epoch: enough that a graph of steps is launched and not only captured.
  const std::string train = std::string(kTrain) +
                            "--synthetic-train 150 --hidden 8,6 "
                            "--device cuda-emulated --activation-dtype bf16 ";
  EXPECT_EQ(regrow(train + "--epochs 2 --out whole").exit_code, 0);
  const CommandResult first = regrow(train + "--epochs 1 --cuda-graph false --out run");
  EXPECT_NE(first.out.find("cuda-emulated: "), std::string::npos) << first.out;
  EXPECT_NE(first.out.find("bf16 activations"), std::string::npos) << first.out;
  const CommandResult more = regrow(
      "train --resume run --epochs 2 --cuda-graph true --profile-epochs 1:1 --device "
      "cuda-emulated:0");
  EXPECT_EQ(more.exit_code, 0) << more.err;
  for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
    EXPECT_EQ(content(std::string("run") + file), content(std::string("whole") + file)) << file;
  }
  expect_error(regrow("train --resume run --activation-dtype fp32"), 2,
               {"--activation-dtype fp32", "bf16"});
  expect_error(regrow("train --resume run --device cuda-emulated:7 --epochs 3"), 1, {"emulated:0"});
  EXPECT_EQ(regrow("eval run/last.safetensors").exit_code, 0);
  EXPECT_EQ(regrow("eval run/last.safetensors --device cpu").exit_code, 0)
      << "the CPU evaluates what was trained in bf16";
}

TEST_F(Devices, TheCpuTrainsInBfloat16AndGoesOn) {
  const std::string train = std::string(kTrain) + "--activation-dtype bf16 ";
  EXPECT_EQ(regrow(train + "--epochs 4 --out whole").exit_code, 0);
  const CommandResult first = alone(train + "--device auto --epochs 2 --threads 2 --out run");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out.find("bf16 activations"), std::string::npos) << first.out;
  EXPECT_EQ(regrow("train --resume run --epochs 4 --threads 3").exit_code, 0);
  for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
    EXPECT_EQ(content(std::string("run") + file), content(std::string("whole") + file)) << file;
  }
  EXPECT_EQ(regrow(std::string(kTrain) + "--epochs 4 --out fp32").exit_code, 0);
  EXPECT_NE(content("fp32/metrics.jsonl"), content("whole/metrics.jsonl"));
  expect_error(regrow("train --resume run --activation-dtype fp32"), 2,
               {"--activation-dtype fp32", "bf16"});
}

TEST_F(Devices, WhatTheCpuTrainedInBfloat16IsEvaluatedSoAgain) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--activation-dtype bf16 --epochs 2 --out run").exit_code,
            0);
  const auto evaluated = [&](const std::string& flags) {
    const CommandResult result = regrow("eval run/last.safetensors --format json" + flags);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out).at("loss").get<double>();
  };
  const std::string lines = content("run/metrics.jsonl");
  const auto last = nlohmann::json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
  const double recorded = last.at("test_loss");
  EXPECT_EQ(evaluated(""), recorded);
  EXPECT_EQ(evaluated(" --threads 2"), recorded);
  // Another device may be named, which then stores as it usually does.
  EXPECT_NE(evaluated(" --device cpu"), recorded);
  EXPECT_NEAR(evaluated(" --device cpu"), recorded, 5e-3) << "by what rounding makes of a loss";
  EXPECT_EQ(evaluated(" --device cpu --activation-dtype bf16"), recorded);
  EXPECT_NEAR(evaluated(" --device reference"), recorded, 5e-3);

  write_samples();
  const CommandResult predicted = regrow("predict run --data samples.npy");
  EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
  EXPECT_EQ(predicted.out.rfind("index,prediction\n0,", 0), 0U) << predicted.out;
}

TEST_F(Devices, RefuseBfloat16ByName) {
  expect_error(regrow(std::string(kTrain) + "--device reference --activation-dtype bf16 --out r"),
               2, {"device 'reference'", "--activation-dtype bf16", "--device cpu or cuda"});
  EXPECT_FALSE(std::filesystem::exists(at("r")));
}

TEST_F(Devices, RefuseADenseMethodInBfloat16OnTheCpuBeforeAnythingIsWritten) {
  const std::string train = std::string(kTrain) + "--activation-dtype bf16 --epochs 1 --out r ";
  for (const char* device : {"cpu", "auto", "check:cpu,reference", "check:cpu,cuda-emulated"}) {
    expect_error(alone(train + "--method dense --device " + device), 2,
                 {"error: device 'cpu' runs dense with activations in fp32 only; leave "
                  "--activation-dtype bf16 out, or use a device that does: cuda, cuda-emulated\n"});
    EXPECT_FALSE(std::filesystem::exists(at("r"))) << device;
  }
  const CommandResult sparse = regrow(
      "train --dataset synthetic --synthetic-features 12 --hidden 20,15 --density 1 --batch 25 "
      "--epochs 1 --device cpu --activation-dtype bf16 --out sparse");
  EXPECT_EQ(sparse.exit_code, 0) << "layers are as sparse ones: " << sparse.err;
  ASSERT_EQ(regrow(std::string(kTrain) + "--method dense --epochs 1 --out dense").exit_code, 0);
  const std::string refused = " --device cpu --activation-dtype bf16 --out p.csv";
  write_samples();
  for (const std::string command : {"eval dense", "predict dense --data samples.npy"}) {
    expect_error(regrow(command + refused), 1, {"layer 0 is dense", "leave --activation-dtype"});
    EXPECT_FALSE(std::filesystem::exists(at("p.csv")));
  }
}

TEST(PartSupport, OfADeviceIsAllButWhatItLacks) {
  const DeviceEntry device = {
      .name = "cpu", .description = "made up", .lacks = "srelu adamw all_relu"};
  for (const char* part : {"srelu", "adamw", "all_relu"}) EXPECT_FALSE(runs(device, part)) << part;
  for (const char* part : {"relu", "adam", "sgd", "set", ""})
    EXPECT_TRUE(runs(device, part)) << part;
  const std::vector<std::string_view> fine = {"set", "relu", "adam", "mse"};
  EXPECT_NO_THROW(require_support(device, fine));
  try {
    require_support(device, std::vector<std::string_view>{"set", "relu", "adamw", "srelu"});
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()),
              "device 'cpu' does not run adamw; choose another, or a device that does: all");
  }
}

TEST(PartSupport, InBfloat16IsAllButWhatADeviceLacksThen) {
  const std::vector<std::string_view> parts = {"set", "srelu"};
  DeviceEntry device = {.name = "cpu",
                        .description = "made up",
                        .stores_bfloat16 = true,
                        .lacks = "adamw",
                        .lacks_in_bfloat16 = "dense srelu"};
  EXPECT_NO_THROW(require_support(device, parts));
  EXPECT_THROW(require_support(device, parts, ActivationStorage::kBFloat16), UsageError);
  for (const char* part : {"dense", "srelu", "adamw"}) {
    EXPECT_FALSE(runs_in_bfloat16(device, part)) << part;
  }
  EXPECT_TRUE(runs_in_bfloat16(device, "set"));
  // Of a pair it then stores fp32, and is the other's yardstick.
  device.stores_bfloat16 = false;
  EXPECT_NO_THROW(require_support(device, parts, ActivationStorage::kBFloat16));
  EXPECT_FALSE(runs_in_bfloat16(device, "set"));
  EXPECT_EQ(devices_that_run_in_bfloat16("set"), "cpu, cuda, cuda-emulated");
  EXPECT_EQ(devices_that_run_in_bfloat16("dense"), "cuda, cuda-emulated");
}

TEST(PartSupport, OfTheDevicesThatThereAreIsOfAll) {
  for (const DeviceEntry& device : kDevices) {
    EXPECT_EQ(device.lacks, "") << device.name;
    EXPECT_EQ(device.lacks_in_bfloat16, device.name == "cpu" ? "dense" : "") << device.name;
  }
  EXPECT_EQ(devices_that_run("srelu"), "all");
  for (const char* device : {"cpu", "cuda:3", "check:cpu,reference", "auto"}) {
    EXPECT_NO_THROW(require_support(std::string(device), std::vector<std::string_view>{"srelu"}));
  }
}

}  // namespace
}  // namespace regrow::tests
