#include "common/graph.h"

#if !defined(REGROW_CUDA_EMULATED)
#include <cuda_runtime_api.h>

#include "common/error.h"
#endif

namespace regrow::cuda {

#if defined(REGROW_CUDA_EMULATED)

struct StepGraph::Graph {
  std::function<void()> step;
};

void StepGraph::capture(const Stream&, const std::function<void()>& step) {
  graph_ = std::make_unique<Graph>(Graph{step});
}

void StepGraph::launch(const Stream&) const { graph_->step(); }

#else

struct StepGraph::Graph {
  cudaGraphExec_t executable = nullptr;

  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() {
    if (executable != nullptr) cudaGraphExecDestroy(executable);
  }
};

void StepGraph::capture(const Stream& stream, const std::function<void()>& step) {
  const auto handle = static_cast<cudaStream_t>(stream.get());
  auto graph = std::make_unique<Graph>();
  cudaGraph_t recorded = nullptr;
  // Of this thread only: other back ends may allocate meanwhile.
  check(cudaStreamBeginCapture(handle, cudaStreamCaptureModeThreadLocal), "capturing a step");
  try {
    step();
  } catch (...) {
    cudaStreamEndCapture(handle, &recorded);
    if (recorded != nullptr) cudaGraphDestroy(recorded);
    throw;
  }
  check(cudaStreamEndCapture(handle, &recorded), "capturing a step");
  const cudaError_t made = cudaGraphInstantiate(&graph->executable, recorded, 0);
  cudaGraphDestroy(recorded);
  check(made, "making a graph of a step");
  graph_ = std::move(graph);
}

void StepGraph::launch(const Stream& stream) const {
  check(cudaGraphLaunch(graph_->executable, static_cast<cudaStream_t>(stream.get())),
        "launching the graph of a step");
}

#endif

StepGraph::StepGraph() = default;
StepGraph::~StepGraph() = default;
StepGraph::StepGraph(StepGraph&& other) noexcept = default;
StepGraph& StepGraph::operator=(StepGraph&& other) noexcept = default;
void StepGraph::reset() { graph_.reset(); }

}  // namespace regrow::cuda
