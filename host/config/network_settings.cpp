// The rows of section [network].
#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"

namespace regrow {

std::vector<Setting> network_settings() {
  return {
      main_setting(integers("hidden", &Config::hidden, 1, kMostNeurons, false,
                            "neurons of each hidden layer, from the inputs on")),
      main_setting(real("epsilon", &Config::epsilon, {0, 1e9},
                        "ε: a hidden layer starts with about ε·(inputs + outputs) connections, so "
                        "that larger layers are sparser")),
      main_setting(real("density", &Config::density, kShare,
                        "a hidden layer starts with this share of all its inputs·outputs possible "
                        "connections, instead of epsilon; 0: epsilon decides")),
      integers(
          "connections", &Config::connections, 0, kMostConnections, true,
          "how many connections each hidden layer starts with, instead of epsilon and density"),
      choice("sparse_init", &Config::sparse_init,
             {{SparseInit::kBernoulli, "bernoulli"}, {SparseInit::kExact, "exact"}},
             "number of connections that epsilon makes: drawn at random, or exactly its expected "
             "value"),
      choice("weight_init", &Config::weight_init,
             {{WeightInit::kGlorotDense, "glorot_dense"},
              {WeightInit::kLecunSparse, "lecun_sparse"},
              {WeightInit::kHeSparse, "he_sparse"}},
             "law of the initial weights: on the dense fans, or variance 1/f or 2/f, f the fan-in"),
      kept_beside_checkpoints(main_setting(text(
          "init_from", &Config::init_from, "a checkpoint, or a run's folder",
          "start with the network of this checkpoint, or of a run's best.safetensors, instead of a "
          "random one: its layers, connections, weights and leaky_slope; empty: random"))),
      real("leaky_slope", &Config::leaky_slope, kShare, "slope of LeakyReLU below zero"),
      real("dropout", &Config::dropout, kBelowOne, "share of hidden activations dropped"),
  };
}

}  // namespace regrow
