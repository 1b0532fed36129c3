// A new run that starts from a checkpoint's network instead of random weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "regrow/config.h"
#include "regrow/image_shape.h"
#include "regrow/network_state.h"

namespace regrow {

/// The network of a checkpoint, and the data that it takes.
struct GivenNetwork {
  std::string file;
  NetworkState network;
  ImageShape shape;
  std::uint32_t classes = 0;
};

/// True of the settings that describe a network, by their key: with init_from they are the
/// checkpoint's.
bool is_of_network(const std::string& key);

/// Reads the checkpoint that `config.init_from` names, a file or a run's folder (its
/// best.safetensors), and makes the settings that describe a network what it has. Throws Error as
/// read_checkpoint(), and where the folder holds none.
GivenNetwork adopt_network(Config& config);

/// "1x28x28 inputs and 10 classes": what a network takes, or a data set has.
std::string inputs_and_classes(const ImageShape& shape, std::size_t classes);

/// Throws Error unless the network takes images of that shape and so many classes, which `dataset`
/// has.
void require_fit(const GivenNetwork& given, const ImageShape& shape, std::uint32_t classes,
                 const std::string& dataset);

/// The network as a new run of `method` starts with it: with so many slots of each parameter, all
/// of them 0, its connections those that there are, every hidden layer of the kind that the method
/// takes. A sparse layer made dense has weights of 0 where there was no connection, a dense one
/// made sparse has all cells, so that it computes what it did. Rounded where `precision` is the
/// lower one.
NetworkState as_initial(NetworkState network, Method method, std::size_t slots,
                        Precision precision);

}  // namespace regrow
