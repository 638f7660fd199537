"""The Triton kernel of the walks, by Triton's interpreter on the CPU, against PyTorch's steps."""

# 70 cells four times are 280 walks: the last of the kernel's blocks is cut short.
SCRIPT = """
import torch
from clear.fast import walks_cuda
from clear.model.walks import informative_length, reversed_graph, shared_graph, steps, walk

random = torch.Generator().manual_seed(0)
scores = torch.nn.functional.normalize(torch.randn(70, 5, generator=random))
graph = shared_graph(scores, (torch.arange(30), torch.arange(30, 70)), 3)
uniform = torch.rand(6, 2, 280, generator=random, dtype=torch.float64)
ends, returns = walks_cuda.walk(graph, uniform)
places = torch.stack(list(steps(graph, uniform)))
assert (ends == places[-1]).all()
assert (returns == (places == torch.arange(280) % 70).sum(dim=1)).all()
assert 0 < returns[-1] < returns[0]

walks_cuda.check(reversed_graph(torch.tensor([[1], [0]])))
ends = [walk(graph, 6, random.manual_seed(1), kernel) for kernel in (None, walks_cuda.walk)]
assert torch.equal(*ends)
lengths = {informative_length(graph, 40, 5, kernel) for kernel in (None, walks_cuda.walk)}
assert len(lengths) == 1 and 1 < lengths.pop() < 40
"""


def test_takes_the_steps_that_pytorch_takes(interpreted):
    interpreted(SCRIPT)
