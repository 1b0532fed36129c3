// A training step of the paper's network written by hand for AVX-512, as a yardstick:
// 3072-4000-1000-4000-10, ε = 20, batches of 100, fp32, SGD with momentum, LeakyReLU, a fixed
// random mask, no dropout, no augmentation.
//
//   g++ -std=c++20 -O3 -march=native -pthread hand_written_step.cpp -o hand_written_step
//   ./hand_written_step THREADS ROUNDS [STEPS]   seconds of each round of STEPS (100), as those of
//   500 steps
//   ./hand_written_step --check                  a small network beside plain double loops, then a
//   loss that falls
//
// Activations lie feature by feature, each the 100 samples of the batch padded to 7 vectors. The
// forward pass keeps a neuron's 7 sums in registers over its whole row; the backward pass goes over
// columns, once: dX, dW and the update of 16 connections at a time. The learning rate does not
// change and the data are already standardised floats, so whatever a product does beside this comes
// on top of it.
#include <immintrin.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Floats = __m512;
constexpr int kLanes = 16, kBatch = 100, kVectors = 7, kRow = kVectors * kLanes;
constexpr int kClasses = 10,
              kClassRow = 16;  // rows of the output layer's weights are padded to a vector
constexpr float kSlope = 0.01F, kRate = 0.01F, kMomentum = 0.9F;
#define UNROLL _Pragma("GCC unroll 16")

// Zeroed, on huge pages where the system gives them: rows are read at random.
template <typename T>
class Buffer {
 public:
  explicit Buffer(std::size_t size) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    const std::size_t bytes = (size * sizeof(T) + kHugePage - 1) / kHugePage * kHugePage;
    data_.reset(static_cast<T*>(std::aligned_alloc(kHugePage, bytes)));
    if (!data_) throw std::bad_alloc();
    madvise(data_.get(), bytes, MADV_HUGEPAGE);
    std::memset(data_.get(), 0, bytes);
  }
  T* operator+(std::size_t at) const { return data_.get() + at; }
  T& operator[](std::size_t at) const { return data_.get()[at]; }

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<T, Free> data_;
};

struct Range {
  int first, last;
};

// The share of `part` of `parts` in 0, …, count - 1.
Range share(int count, int part, int parts) {
  return {count * part / parts, count * (part + 1) / parts};
}

// A random mask in both orders: weights are in the order of columns, `position` is where a
// connection of row order has its weight. Index arrays are padded, since four connections are
// always read together.
struct Mask {
  int inputs, outputs;
  std::vector<std::uint32_t> row_begin, column_begin, position;
  std::vector<std::uint16_t> columns, rows;

  Mask(int inputs, int outputs, double density, std::mt19937& random)
      : inputs(inputs), outputs(outputs), row_begin(outputs + 1), column_begin{0} {
    std::bernoulli_distribution connects(density);
    for (int column = 0; column < inputs; ++column) {
      for (int row = 0; row < outputs; ++row) {
        if (!connects(random)) continue;
        rows.push_back(static_cast<std::uint16_t>(row));
        ++row_begin[row + 1];
      }
      column_begin.push_back(static_cast<std::uint32_t>(rows.size()));
    }
    for (int row = 0; row < outputs; ++row) row_begin[row + 1] += row_begin[row];
    columns.resize(size());
    position.resize(size());
    std::vector<std::uint32_t> next(row_begin.begin(), row_begin.end() - 1);
    for (int column = 0; column < inputs; ++column) {
      for (std::uint32_t k = column_begin[column]; k < column_begin[column + 1]; ++k) {
        const std::uint32_t at = next[rows[k]]++;
        columns[at] = static_cast<std::uint16_t>(column);
        position[at] = k;
      }
    }
    rows.resize(rows.size() + kLanes);
  }
  std::size_t size() const { return column_begin.back(); }
};

// Of the rows or columns that begin at `begin`: a share of about as many connections for everyone.
Range split(const std::vector<std::uint32_t>& begin, int part, int parts) {
  const auto first_of = [&](std::uint64_t k) {
    return static_cast<int>(std::lower_bound(begin.begin(), begin.end(), begin.back() * k / parts) -
                            begin.begin());
  };
  const int last = part + 1 == parts ? static_cast<int>(begin.size()) - 1 : first_of(part + 1);
  return {part == 0 ? 0 : first_of(part), last};
}

struct Parameters {
  Buffer<float> values, momentum;
  explicit Parameters(std::size_t size) : values(size), momentum(size) {}
};

struct Layer {
  Mask mask;
  Parameters weights, biases;

  Layer(int inputs, int outputs, double epsilon, std::mt19937& random)
      : mask(inputs, outputs, epsilon * (inputs + outputs) / (double(inputs) * outputs), random),
        weights(mask.size() + kLanes),
        biases(outputs) {
    std::normal_distribution<float> normal(0, std::sqrt(float(outputs) / float(mask.size())));
    for (std::size_t k = 0; k < mask.size(); ++k) weights.values[k] = normal(random);
  }
};

// ---- vectors

Floats leaky_relu(Floats x) { return _mm512_max_ps(x, _mm512_mul_ps(x, _mm512_set1_ps(kSlope))); }

// The activation y has the sign of what it was made of.
Floats times_derivative(Floats dx, Floats y) {
  return _mm512_mask_mul_ps(dx, _mm512_movepi32_mask(_mm512_castps_si512(y)), dx,
                            _mm512_set1_ps(kSlope));
}

Floats low_pairs(Floats a, Floats b) {
  return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}
Floats high_pairs(Floats a, Floats b) {
  return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)));
}

// Lane i of every 128 bits: the sum of v[i] over these 128 bits.
Floats sum_four(const Floats v[4]) {
  const Floats ab = _mm512_add_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
  const Floats cd = _mm512_add_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
  return _mm512_add_ps(low_pairs(ab, cd), high_pairs(ab, cd));
}

// Lane 4 g + i: the sum over the four 128 bits of lane i of fours[g].
Floats sum_blocks(const Floats fours[4]) {
  const auto halves = [](Floats a, Floats b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
  };
  return halves(halves(fours[0], fours[1]), halves(fours[2], fours[3]));
}

// `gradient`: of the sum over the batch.
void update(Parameters& parameters, std::size_t at, Floats gradient, __mmask16 lanes) {
  float* const value = parameters.values + at;
  float* const momentum = parameters.momentum + at;
  const Floats mean = _mm512_mul_ps(gradient, _mm512_set1_ps(1.0F / kBatch));
  const Floats velocity =
      _mm512_fmadd_ps(_mm512_set1_ps(kMomentum), _mm512_maskz_loadu_ps(lanes, momentum), mean);
  _mm512_mask_storeu_ps(momentum, lanes, velocity);
  _mm512_mask_storeu_ps(
      value, lanes,
      _mm512_fnmadd_ps(_mm512_set1_ps(kRate), velocity, _mm512_maskz_loadu_ps(lanes, value)));
}

void update(Parameters& parameters, std::size_t at, float gradient) {
  float& momentum = parameters.momentum[at];
  momentum = kMomentum * momentum + gradient / kBatch;
  parameters.values[at] -= kRate * momentum;
}

// ---- phases, of a share of rows, columns or features

// Y = LeakyReLU(W X + b)
void forward(const Layer& layer, const float* input, float* output, Range rows) {
  const Mask& mask = layer.mask;
  for (int row = rows.first; row < rows.last; ++row) {
    Floats sum[kVectors];
    UNROLL for (Floats& s : sum) s = _mm512_set1_ps(layer.biases.values[row]);
    for (std::uint32_t k = mask.row_begin[row]; k < mask.row_begin[row + 1]; ++k) {
      const Floats weight = _mm512_set1_ps(layer.weights.values[mask.position[k]]);
      const float* const x = input + std::size_t{mask.columns[k]} * kRow;
      UNROLL for (int i = 0; i < kVectors; ++i) {
        sum[i] = _mm512_fmadd_ps(weight, _mm512_load_ps(x + i * kLanes), sum[i]);
      }
    }
    float* const y = output + std::size_t(row) * kRow;
    UNROLL for (int i = 0; i < kVectors; ++i) _mm512_store_ps(y + i * kLanes, leaky_relu(sum[i]));
  }
}

// The gradients of one feature's connections to `count` rows of dY, the k-th being row_of(k), and
// the update of its weights from `first` on. kInput: also dX, times the derivative of the
// activation X.
template <bool kInput, bool kFixedCount, typename RowOf>
__attribute__((always_inline)) inline void backward_row(const float* input, float* input_gradient,
                                                        std::size_t count, Parameters& weights,
                                                        std::size_t first, const RowOf& row_of) {
  Floats x[kVectors], dx[kVectors];
  UNROLL for (int i = 0; i < kVectors; ++i) {
    x[i] = _mm512_load_ps(input + i * kLanes);
    dx[i] = _mm512_setzero_ps();
  }
  for (std::size_t begin = 0; begin < count; begin += kLanes) {
    const std::size_t chunk = std::min<std::size_t>(kLanes, count - begin);
    const auto lanes = static_cast<__mmask16>((1U << chunk) - 1);
    // Beyond the end of a count that varies a row is read whose dot is not stored and whose weight
    // is 0: that is cheaper than a branch.
    alignas(64) float weight[kLanes];
    if constexpr (kInput) {
      _mm512_store_ps(weight, _mm512_maskz_loadu_ps(lanes, weights.values + first + begin));
    }
    Floats fours[4];
    UNROLL for (std::size_t four = 0; four < 4; ++four) {
      fours[four] = _mm512_setzero_ps();
      if (4 * four >= chunk) continue;
      Floats dots[4];
      UNROLL for (std::size_t h = 0; h < 4; ++h) {
        const std::size_t k = 4 * four + h;
        dots[h] = _mm512_setzero_ps();
        if (kFixedCount && k >= chunk) continue;
        const float* const dy = row_of(begin + k);
        UNROLL for (int i = 0; i < kVectors; ++i) {
          Floats value = _mm512_load_ps(dy + i * kLanes);
          asm("" : "+v"(value));  // g++ would load it again for each of its two uses
          dots[h] = i == 0 ? _mm512_mul_ps(value, x[0]) : _mm512_fmadd_ps(value, x[i], dots[h]);
          if constexpr (kInput) dx[i] = _mm512_fmadd_ps(_mm512_set1_ps(weight[k]), value, dx[i]);
        }
      }
      fours[four] = sum_four(dots);
    }
    update(weights, first + begin, sum_blocks(fours), lanes);
  }
  if constexpr (kInput) {
    UNROLL for (int i = 0; i < kVectors; ++i) {
      _mm512_store_ps(input_gradient + i * kLanes, times_derivative(dx[i], x[i]));
    }
  }
}

template <bool kInput>
void backward(Layer& layer, const float* input, const float* output_gradient, float* input_gradient,
              Range columns) {
  for (int column = columns.first; column < columns.last; ++column) {
    const std::size_t begin = layer.mask.column_begin[column];
    const std::size_t count = layer.mask.column_begin[column + 1] - begin;
    const std::uint16_t* const rows = layer.mask.rows.data() + begin;
    const std::size_t at = std::size_t(column) * kRow;
    backward_row<kInput, false>(
        input + at, kInput ? input_gradient + at : nullptr, count, layer.weights, begin,
        [&](std::size_t k) { return output_gradient + std::size_t{rows[k]} * kRow; });
  }
}

void update_biases(Parameters& biases, const float* output_gradient, Range rows) {
  for (int row = rows.first; row < rows.last; ++row) {
    const float* const dy = output_gradient + std::size_t(row) * kRow;
    Floats sum = _mm512_load_ps(dy);
    UNROLL for (int i = 1; i < kVectors; ++i) sum =
        _mm512_add_ps(sum, _mm512_load_ps(dy + i * kLanes));
    update(biases, row, _mm512_reduce_add_ps(sum));
  }
}

// logits: [kClasses][kRow], what these features add to them.
void output_forward(const Parameters& weights, const float* input, float* logits, Range features) {
  for (int i = 0; i < kVectors; ++i) {
    Floats sum[kClasses];
    UNROLL for (Floats& s : sum) s = _mm512_setzero_ps();
    for (int feature = features.first; feature < features.last; ++feature) {
      const Floats x = _mm512_load_ps(input + std::size_t(feature) * kRow + i * kLanes);
      const float* const w = weights.values + std::size_t(feature) * kClassRow;
      UNROLL for (int c = 0; c < kClasses; ++c) sum[c] =
          _mm512_fmadd_ps(_mm512_set1_ps(w[c]), x, sum[c]);
    }
    UNROLL for (int c = 0; c < kClasses; ++c)
        _mm512_store_ps(logits + c * kRow + i * kLanes, sum[c]);
  }
}

void output_backward(Parameters& weights, const float* input, const float* logit_gradient,
                     float* input_gradient, Range features) {
  for (int feature = features.first; feature < features.last; ++feature) {
    const std::size_t first = std::size_t(feature) * kClassRow, at = std::size_t(feature) * kRow;
    backward_row<true, true>(input + at, input_gradient + at, kClasses, weights, first,
                             [&](std::size_t k) { return logit_gradient + k * kRow; });
  }
}

// to[f]: feature f of 16 samples, of which from[s] has 16 features of sample s, or is null.
void transpose(const float* const from[kLanes], std::size_t offset, Floats to[kLanes]) {
  Floats a[kLanes], b[kLanes];
  UNROLL for (int s = 0; s < kLanes; ++s) a[s] =
      from[s] ? _mm512_loadu_ps(from[s] + offset) : _mm512_setzero_ps();
  // Of 2, 4, 8 and 16 samples side by side; after the first two steps feature f is in row f % 4 of
  // every four rows.
  UNROLL for (int s = 0; s < kLanes; s += 2) {
    b[s] = _mm512_unpacklo_ps(a[s], a[s + 1]);
    b[s + 1] = _mm512_unpackhi_ps(a[s], a[s + 1]);
  }
  UNROLL for (int s = 0; s < kLanes; s += 4) {
    UNROLL for (int high = 0; high < 2; ++high) {
      a[s + 2 * high] = low_pairs(b[s + high], b[s + 2 + high]);
      a[s + 2 * high + 1] = high_pairs(b[s + high], b[s + 2 + high]);
    }
  }
  UNROLL for (int f = 0; f < 4; ++f) {
    const Floats even_low = _mm512_shuffle_f32x4(a[f], a[f + 4], 0x88);
    const Floats odd_low = _mm512_shuffle_f32x4(a[f], a[f + 4], 0xDD);
    const Floats even_high = _mm512_shuffle_f32x4(a[f + 8], a[f + 12], 0x88);
    const Floats odd_high = _mm512_shuffle_f32x4(a[f + 8], a[f + 12], 0xDD);
    to[f] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
    to[f + 8] = _mm512_shuffle_f32x4(even_low, even_high, 0xDD);
    to[f + 4] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
    to[f + 12] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xDD);
  }
}

// ---- data, network, step

struct Samples {
  int features, count;
  std::vector<float> values;  // [count][features]
  std::vector<int> labels, order;

  Samples(int features, int count, std::mt19937& random)
      : features(features),
        count(count),
        values(std::size_t(count) * features),
        labels(count),
        order(count) {
    std::normal_distribution<float> normal;
    std::vector<float> centres(std::size_t(kClasses) * features);
    for (float& value : centres) value = 0.1F * normal(random);
    for (int s = 0; s < count; ++s) {
      labels[s] = s % kClasses;
      order[s] = s;
      for (int f = 0; f < features; ++f)
        value(s, f) = normal(random) + centres[std::size_t(labels[s]) * features + f];
    }
    std::shuffle(order.begin(), order.end(), random);
  }
  float& value(int sample, int feature) { return values[std::size_t(sample) * features + feature]; }
  // The samples of a step's batch.
  const int* batch(long step) const { return &order[step * kBatch % count]; }
};

class Barrier {
 public:
  explicit Barrier(int threads) : threads_(threads) {}
  void wait() {
    const int generation = generation_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1) + 1 == threads_) {
      arrived_.store(0);
      generation_.store(generation + 1, std::memory_order_release);
      return;
    }
    for (int spin = 0; generation_.load(std::memory_order_acquire) == generation; ++spin) {
      spin < 20000 ? _mm_pause() : std::this_thread::yield();
    }
  }

 private:
  int threads_;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> generation_{0};
};

struct Network {
  int threads;
  std::vector<Layer> layers;
  std::vector<Buffer<float>> activations,
      gradients;  // [layers + 1], the first ones of the inputs; [width][kRow]
  Parameters output_weights, output_biases;  // [inputs][kClassRow], [kClassRow]
  std::vector<Buffer<float>> logits;         // [threads]: each thread's part, [kClasses][kRow]
  Buffer<float> logit_gradient;
  double sample_losses[kBatch] = {};
  Barrier barrier;

  Network(const std::vector<int>& widths, double epsilon, int threads, std::mt19937& random)
      : threads(threads),
        output_weights(std::size_t(widths.back()) * kClassRow),
        output_biases(kClassRow),
        logit_gradient(std::size_t{kClasses} * kRow),
        barrier(threads) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back(widths[i], widths[i + 1], epsilon, random);
    for (const int width : widths) {
      activations.emplace_back(std::size_t(width) * kRow);
      gradients.emplace_back(std::size_t(width) * kRow);
    }
    for (int t = 0; t < threads; ++t) logits.emplace_back(std::size_t{kClasses} * kRow);
    std::normal_distribution<float> normal(0, 1 / std::sqrt(float(widths.back())));
    for (int f = 0; f < widths.back(); ++f) {
      for (int c = 0; c < kClasses; ++c) output_weights.values[f * kClassRow + c] = normal(random);
    }
  }

  void load(const Samples& samples, const int* batch, Range blocks) {
    for (int i = 0; i < kVectors; ++i) {
      const float* from[kLanes];
      for (int s = 0; s < kLanes; ++s) {
        const int at = i * kLanes + s;
        from[s] = at < kBatch ? samples.values.data() + std::size_t(batch[at]) * samples.features
                              : nullptr;
      }
      for (int block = blocks.first; block < blocks.last; ++block) {
        Floats features[kLanes];
        transpose(from, std::size_t(block) * kLanes, features);
        float* const to = activations[0] + std::size_t(block) * kLanes * kRow + i * kLanes;
        UNROLL for (int f = 0; f < kLanes; ++f) _mm512_store_ps(to + f * kRow, features[f]);
      }
    }
  }

  // Softmax and cross-entropy.
  void lose(const Samples& samples, const int* batch, Range part) {
    for (int b = part.first; b < part.last; ++b) {
      float logit[kClasses], most = -INFINITY, sum = 0;
      for (int c = 0; c < kClasses; ++c) {
        logit[c] = output_biases.values[c];
        for (const Buffer<float>& share : logits) logit[c] += share[c * kRow + b];
        most = std::max(most, logit[c]);
      }
      for (const float value : logit) sum += std::exp(value - most);
      const int label = samples.labels[batch[b]];
      for (int c = 0; c < kClasses; ++c) {
        logit_gradient[c * kRow + b] = std::exp(logit[c] - most) / sum - (c == label ? 1.0F : 0.0F);
      }
      sample_losses[b] = std::log(sum) - (logit[label] - most);
    }
  }

  // What one thread does in a step; the batch's loss is that of all threads' samples, after the
  // last barrier.
  void step(const Samples& samples, long number, int thread) {
    const int* const batch = samples.batch(number);
    const int depth = static_cast<int>(layers.size()), last_width = layers.back().mask.outputs;
    load(samples, batch, share(samples.features / kLanes, thread, threads));
    barrier.wait();
    for (int l = 0; l < depth; ++l) {
      forward(layers[l], activations[l] + 0, activations[l + 1] + 0,
              split(layers[l].mask.row_begin, thread, threads));
      barrier.wait();
    }
    const Range features = share(last_width, thread, threads);
    output_forward(output_weights, activations[depth] + 0, logits[thread] + 0, features);
    barrier.wait();
    lose(samples, batch, share(kBatch, thread, threads));
    barrier.wait();
    output_backward(output_weights, activations[depth] + 0, logit_gradient + 0,
                    gradients[depth] + 0, features);
    if (thread == 0) update_biases(output_biases, logit_gradient + 0, {0, kClasses});
    barrier.wait();
    for (int l = depth - 1; l >= 0; --l) {
      const Range columns = split(layers[l].mask.column_begin, thread, threads);
      (l > 0 ? backward<true> : backward<false>)(layers[l], activations[l] + 0,
                                                 gradients[l + 1] + 0, gradients[l] + 0, columns);
      update_biases(layers[l].biases, gradients[l + 1] + 0,
                    share(layers[l].mask.outputs, thread, threads));
      barrier.wait();
    }
  }
  double loss() const {
    double sum = 0;
    for (const double loss : sample_losses) sum += loss;
    return sum / kBatch;
  }
};

// body(thread) on all threads; weights that fade to denormals are flushed, which would slow all
// down.
template <typename Body>
void on_threads(int threads, const Body& body) {
  const auto call = [&](int thread) {
    _mm_setcsr(_mm_getcsr() | 0x8040);
    body(thread);
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(call, t);
  call(0);
  for (std::thread& thread : others) thread.join();
}

// ---- the check: the same steps in plain double loops over dense matrices, where 0 is no
// connection

using Matrix = std::vector<std::vector<double>>;

struct PlainNetwork {
  std::vector<Matrix> weights, momentum, biases,
      bias_momentum;  // [layer][output][input], [layer][output][1]

  explicit PlainNetwork(const Network& network) {
    for (const Layer& layer : network.layers) {
      add(layer.mask.inputs, layer.mask.outputs);
      for (int c = 0; c < layer.mask.inputs; ++c) {
        for (std::uint32_t k = layer.mask.column_begin[c]; k < layer.mask.column_begin[c + 1];
             ++k) {
          weights.back()[layer.mask.rows[k]][c] = layer.weights.values[k];
        }
      }
    }
    const int inputs = network.layers.back().mask.outputs;
    add(inputs, kClasses);
    for (int f = 0; f < inputs; ++f) {
      for (int c = 0; c < kClasses; ++c)
        weights.back()[c][f] = network.output_weights.values[f * kClassRow + c];
    }
  }
  void add(int inputs, int outputs) {
    for (auto* matrices : {&weights, &momentum})
      matrices->emplace_back(outputs, std::vector<double>(inputs));
    for (auto* matrices : {&biases, &bias_momentum})
      matrices->emplace_back(outputs, std::vector<double>(1));
  }

  // Returns the batch's loss.
  double step(Samples& samples, const int* batch) {
    const std::size_t depth = weights.size();
    std::vector<Matrix> mean(depth), bias_mean(depth);
    for (std::size_t l = 0; l < depth; ++l) {
      mean[l] = Matrix(weights[l].size(), std::vector<double>(weights[l][0].size()));
      bias_mean[l] = Matrix(weights[l].size(), std::vector<double>(1));
    }
    double loss = 0;
    for (int b = 0; b < kBatch; ++b) {
      std::vector<std::vector<double>> x(1);
      for (int f = 0; f < samples.features; ++f) x[0].push_back(samples.value(batch[b], f));
      for (std::size_t l = 0; l < depth; ++l) {
        std::vector<double>& y = x.emplace_back();
        for (std::size_t row = 0; row < weights[l].size(); ++row) {
          double sum = biases[l][row][0];
          for (std::size_t c = 0; c < x[l].size(); ++c) sum += weights[l][row][c] * x[l][c];
          y.push_back(l + 1 < depth && sum < 0 ? double{kSlope} * sum : sum);
        }
      }
      double sum = 0;
      for (const double logit : x[depth]) sum += std::exp(logit);
      const int label = samples.labels[batch[b]];
      loss -= std::log(std::exp(x[depth][label]) / sum) / kBatch;
      std::vector<double> dy;
      for (int c = 0; c < kClasses; ++c)
        dy.push_back(std::exp(x[depth][c]) / sum - (c == label ? 1 : 0));
      for (std::size_t l = depth; l-- > 0;) {
        std::vector<double> dx(x[l].size());
        for (std::size_t row = 0; row < dy.size(); ++row) {
          bias_mean[l][row][0] += dy[row] / kBatch;
          for (std::size_t c = 0; c < dx.size(); ++c) {
            mean[l][row][c] += dy[row] * x[l][c] / kBatch;
            dx[c] += weights[l][row][c] * dy[row] * (x[l][c] < 0 ? double{kSlope} : 1);
          }
        }
        dy = std::move(dx);
      }
    }
    for (std::size_t l = 0; l < depth; ++l) {
      apply(weights[l], momentum[l], mean[l], true);
      apply(biases[l], bias_momentum[l], bias_mean[l], false);
    }
    return loss;
  }
  static void apply(Matrix& values, Matrix& momentum, const Matrix& gradient, bool masked) {
    for (std::size_t row = 0; row < values.size(); ++row) {
      for (std::size_t c = 0; c < values[row].size(); ++c) {
        if (masked && values[row][c] == 0) continue;
        momentum[row][c] = double{kMomentum} * momentum[row][c] + gradient[row][c];
        values[row][c] -= double{kRate} * momentum[row][c];
      }
    }
  }
};

// Sums of a few hundred fp32 products, over so few steps that the difference does not grow.
bool check_against_plain_loops(int threads) {
  constexpr double kTolerance = 2e-5;
  std::mt19937 random(7);
  Samples samples(48, 400, random);
  Network network({48, 100, 30, 70}, 3, threads, random);
  PlainNetwork plain(network);
  double worst = 0;
  bool agrees = true;
  const auto compare = [&](double value, double expected) {
    const double difference = std::abs(value - expected);
    worst = std::max(worst, difference);
    agrees = agrees && difference <= kTolerance;  // a NaN does not agree
  };
  for (int i = 0; i < 30; ++i) {
    const double expected = plain.step(samples, samples.batch(i));
    on_threads(threads, [&](int thread) { network.step(samples, i, thread); });
    compare(network.loss(), expected);
  }
  const PlainNetwork trained(network);
  for (std::size_t l = 0; l < plain.weights.size(); ++l) {
    for (std::size_t row = 0; row < plain.weights[l].size(); ++row) {
      for (std::size_t c = 0; c < plain.weights[l][row].size(); ++c) {
        compare(trained.weights[l][row][c], plain.weights[l][row][c]);
      }
    }
  }
  std::printf(
      "%d threads, 30 steps: losses and weights differ from plain double loops by at most %.1e "
      "(allowed: %.0e)\n",
      threads, worst, kTolerance);
  return agrees;
}

bool check_learning() {
  std::mt19937 random(3);
  const Samples samples(256, 2000, random);
  Network network({256, 300, 200}, 20, 2, random);
  constexpr int kSteps = 1000;
  double first = 0, last = 0;
  on_threads(2, [&](int thread) {
    for (int i = 0; i < kSteps; ++i) {
      network.step(samples, i, thread);
      if (thread == 0) (i == 0 ? first : last) = network.loss();
      network.barrier.wait();
    }
  });
  std::printf("the loss falls from %.3f to %.3f in %d steps\n", first, last, kSteps);
  return last < first / 2;
}

void time_steps(int threads, int rounds, int steps) {
  constexpr int kStepsOfFigure = 500, kWarmUp = 10;
  std::mt19937 random(1);
  const Samples samples(3072, 2000, random);
  Network network({3072, 4000, 1000, 4000}, 20, threads, random);
  std::vector<double> seconds;
  on_threads(threads, [&](int thread) {
    long number = 0;
    for (; number < kWarmUp; ++number) network.step(samples, number, thread);
    for (int round = 0; round < rounds; ++round) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < steps; ++i) network.step(samples, number++, thread);
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      if (thread == 0) seconds.push_back(taken.count() * kStepsOfFigure / steps);
    }
  });
  std::printf("s per %d steps:", kStepsOfFigure);
  for (const double value : seconds) std::printf(" %.4f", value);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, int otherwise) {
    return argc > at ? static_cast<int>(std::strtol(argv[at], nullptr, 10)) : otherwise;
  };
  if (argc == 2 && std::string(argv[1]) == "--check") {
    const bool agrees = check_against_plain_loops(1) && check_against_plain_loops(3);
    return agrees && check_learning() ? 0 : 1;
  }
  const int threads = number(1, 0), rounds = number(2, 0), steps = number(3, 100);
  if (argc > 4 || threads < 1 || threads > 1024 || rounds < 1 || steps < 1) {
    std::fprintf(stderr, "usage: hand_written_step THREADS ROUNDS [STEPS] | --check\n");
    return 2;
  }
  time_steps(threads, rounds, steps);
  return 0;
}
