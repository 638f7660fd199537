"""scVI (Lopez et al., Nature Methods 2018) from scvi-tools, as the authors of CLEAR ran it.

All settings of `scvi.model.SCVI` at their defaults on the linear-scale values of the highly
variable genes, without a batch unless the card asks for it. Where the card asks for the types of
one batch, scANVI (Xu et al., Molecular Systems Biology 2021) is trained from the trained scVI.
Settings: ``max_epochs`` (null: the package's own rule, at most 400; never more than by that rule)
and ``batch_size`` of the training of scVI; ``scanvi_epochs`` of scANVI (null: the package's own
rule, at most 10); any other goes to the model (``n_latent``, ``n_layers``, ``gene_likelihood``,
...).
"""

import anndata
import pandas as pd
import scvi
import torch
from contract import read_input, read_params, write_embedding
from lightning.pytorch.callbacks import Callback
from scipy.sparse import csr_matrix
from scvi.model._utils import get_max_epochs_heuristic


class Lines(Callback):
    """Print about ten lines during the training."""

    def on_train_epoch_end(self, trainer, module):
        """Print the loss of this epoch if its turn has come."""
        epoch, total = trainer.current_epoch + 1, trainer.max_epochs
        if epoch % max(1, total // 10) == 0 or epoch == total:
            loss = float(trainer.callback_metrics.get("train_loss", float("nan")))
            print(f"epoch {epoch} of {total}, training loss {loss:.1f}", flush=True)


params = read_params()
torch.set_num_threads(params.threads)
scvi.settings.seed = params.seed
scvi.settings.num_threads = params.threads
data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
adata = anndata.AnnData(
    csr_matrix((values, indices, indptr), shape)[:, data.highly_variable],
    obs=pd.DataFrame(index=data.cells),
)
if data.batch is not None:
    adata.obs["batch"] = data.batch
scvi.model.SCVI.setup_anndata(adata, batch_key=None if data.batch is None else "batch")

settings = dict(params.settings)
training = {key: settings.pop(key, None) for key in ("max_epochs", "batch_size")}
if training["max_epochs"] is not None:  # for a quick run: of many cells the rule has fewer
    training["max_epochs"] = min(training["max_epochs"], get_max_epochs_heuristic(adata.n_obs))
scanvi_epochs = settings.pop("scanvi_epochs", None)
model = scvi.model.SCVI(adata, **settings)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")
machine = {"accelerator": "gpu" if has_gpu else "cpu", "devices": 1}
quiet = {"enable_progress_bar": False, "logger": False, "callbacks": [Lines()]}
model.train(
    **{key: value for key, value in training.items() if value is not None}, **machine, **quiet
)
if data.labels_of_one_batch is not None:
    adata.obs["known_type"] = data.labels_of_one_batch
    model = scvi.model.SCANVI.from_scvi_model(model, "", labels_key="known_type")
    model.train(scanvi_epochs, **machine, **quiet)
write_embedding(params, model.get_latent_representation(), data.cells)
