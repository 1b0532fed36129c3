#include "common/graph.h"

#include "common/cuda_api.h"
#include "common/error.h"

namespace regrow::cuda {

struct CapturedGraph::Graph {
  cudaGraphExec_t executable = nullptr;

  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() {
    if (executable != nullptr) cudaGraphExecDestroy(executable);
  }
};

void CapturedGraph::capture(const Stream& stream, const std::function<void()>& work) {
  const auto handle = static_cast<cudaStream_t>(stream.get());
  auto graph = std::make_unique<Graph>();
  cudaGraph_t recorded = nullptr;
  // Of this thread only: other back ends may allocate meanwhile.
  check(cudaStreamBeginCapture(handle, cudaStreamCaptureModeThreadLocal), "capturing launches");
  try {
    work();
  } catch (...) {
    cudaStreamEndCapture(handle, &recorded);
    if (recorded != nullptr) cudaGraphDestroy(recorded);
    cudaGetLastError();  // of the broken capture, or the next launch would be blamed for it
    throw;
  }
  check(cudaStreamEndCapture(handle, &recorded), "capturing launches");
  const cudaError_t made = cudaGraphInstantiate(&graph->executable, recorded, 0);
  cudaGraphDestroy(recorded);
  check(made, "making a graph of launches");
  graph_ = std::move(graph);
}

void CapturedGraph::launch(const Stream& stream) const {
  check(cudaGraphLaunch(graph_->executable, static_cast<cudaStream_t>(stream.get())),
        "launching a graph");
}

CapturedGraph::CapturedGraph() = default;
CapturedGraph::~CapturedGraph() = default;
CapturedGraph::CapturedGraph(CapturedGraph&& other) noexcept = default;
CapturedGraph& CapturedGraph::operator=(CapturedGraph&& other) noexcept = default;
void CapturedGraph::reset() { graph_.reset(); }

}  // namespace regrow::cuda
