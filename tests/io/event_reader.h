// Reads event files back, field by field.
#pragma once

#include <protozero/pbf_message.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "io/event_file.h"
#include "io/tf_record.h"

namespace regrow {

/// The payloads of a file that consists of whole records only; else throws.
inline std::vector<std::string> payloads_of(std::string_view bytes) {
  std::vector<std::string> payloads;
  while (!bytes.empty()) {
    const auto payload = first_tf_payload(bytes);
    if (!payload) throw std::runtime_error("a record is damaged");
    payloads.emplace_back(*payload);
    bytes.remove_prefix(payload->size() + kTfFrameBytes);
  }
  return payloads;
}

inline Histogram decode_histogram(protozero::pbf_reader message) {
  Histogram histogram;
  std::vector<double*> numbers = {&histogram.min, &histogram.max, &histogram.count, &histogram.sum,
                                  &histogram.sum_of_squares};
  while (message.next()) {
    const std::size_t tag = message.tag();  // getting a value forgets it
    if (tag <= numbers.size()) {
      *numbers[tag - 1] = message.get_double();
    } else {
      const auto packed = message.get_packed_double();
      (tag == 6 ? histogram.limits : histogram.counts).assign(packed.begin(), packed.end());
    }
  }
  return histogram;
}

inline void decode_value(protozero::pbf_reader message, Event& event) {
  std::string tag;
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        tag = message.get_string();
        break;
      case 2:
        event.scalars.push_back({tag, message.get_float()});
        break;
      case 5:
        event.histograms.push_back(decode_histogram(message.get_message()));
        event.histograms.back().tag = tag;
        break;
      default:
        throw std::runtime_error("an unknown field of a value");
    }
  }
}

inline Event decode_event(const std::string& payload) {
  Event event;
  protozero::pbf_reader message(payload);
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        event.wall_time = message.get_double();
        break;
      case 2:
        event.step = static_cast<std::uint32_t>(message.get_int64());
        break;
      case 5: {
        protozero::pbf_reader summary = message.get_message();
        while (summary.next()) decode_value(summary.get_message(), event);
        break;
      }
      default:
        throw std::runtime_error("an unknown field of an event");
    }
  }
  return event;
}

/// All but the file's head.
inline std::vector<Event> events_of(std::string_view bytes) {
  std::vector<Event> events;
  const std::vector<std::string> payloads = payloads_of(bytes);
  for (std::size_t i = 1; i < payloads.size(); ++i) events.push_back(decode_event(payloads[i]));
  return events;
}

}  // namespace regrow
