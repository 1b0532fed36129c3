#!/usr/bin/env python3
"""Tests of the baseline on a CPU, at tiny sizes. Ends with 77 (skipped) where there is no PyTorch.

usage: test_baseline.py [PATH OF regrow]
"""
import json
import pathlib
import sys
import tempfile
import unittest

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed here")
    sys.exit(77)

import compare
from masked_mlp import SIZES, Images, MaskedMlp, augmented, evolve, random_inactive
from training import MOMENTUM, Training, update_all

CPU = torch.device("cpu")
TINY = SIZES["tiny"]
PROGRAM = ""


class Model(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)

    def test_papers_network_has_the_expected_connections(self):
        model = MaskedMlp(SIZES["paper"], CPU)
        self.assertAlmostEqual(model.connections(), 341_440, delta=3_000)
        self.assertEqual([tuple(layer.weight.shape) for layer in model.layers],
                         [(4000, 3072), (1000, 4000), (4000, 1000), (10, 4000)])

    def test_training_touches_no_inactive_cell(self):
        training = Training(TINY, 10, "eager", "fp32", CPU)
        before = [w.detach().clone() for w in training.weights]
        training.start_epoch()
        training.train(10)
        for layer, mask, old in zip(training.model.layers, training.model.masks, before):
            self.assertTrue(torch.all(layer.weight[mask == 0] == 0))
            changed = (layer.weight != old)[mask == 1]
            self.assertGreater(changed.float().mean(), 0.5)

    def test_it_learns(self):
        training = Training(TINY, 10, "eager", "fp32", CPU)
        training.images.train = (training.images.train_labels * 25).to(torch.uint8).reshape(
            -1, 1, 1, 1).expand(training.images.train.shape).contiguous()
        losses = []
        for _ in range(15):
            training.start_epoch()
            training.train(10)
            losses.append(training.loss_sum.item() / 10)
        self.assertLess(losses[-1], 0.8 * losses[0])

    def test_an_epoch_visits_every_image_once(self):
        training = Training(TINY, 10, "eager", "fp32", CPU)
        training.start_epoch()
        self.assertEqual(sorted(training.order.tolist()), list(range(200)))
        training.train(10)
        self.assertEqual(training.position.item(), 200)

    def test_one_update_for_all_is_the_optimisers(self):
        torch.manual_seed(2)
        weights = [torch.rand(3, 4), torch.rand(3)]
        mask = (torch.rand(3, 4) < 0.5).float()
        parameters = [torch.nn.Parameter(w.clone()) for w in weights]
        optimiser = torch.optim.SGD(parameters, lr=0.1, momentum=MOMENTUM)
        momenta = [torch.zeros_like(w) for w in weights]
        for _ in range(3):
            gradients = [torch.rand(3, 4), torch.rand(3)]
            update_all(weights, gradients, momenta, [mask, None], 0.1)
            parameters[0].grad, parameters[1].grad = gradients[0] * mask, gradients[1].clone()
            optimiser.step()
        for ours, theirs in zip(weights, parameters):
            torch.testing.assert_close(ours, theirs.detach())

    def test_bf16_stays_near_fp32(self):
        losses = []
        for precision in ("fp32", "bf16"):
            torch.manual_seed(3)
            training = Training(TINY, 10, "eager", precision, CPU)
            training.start_epoch()
            training.train(10)
            losses.append(training.loss_sum.item())
            training.evaluate()
        self.assertAlmostEqual(losses[0], losses[1], delta=0.02 * losses[0])
        self.assertNotEqual(losses[0], losses[1])


class Evolution(unittest.TestCase):
    def test_drops_thirty_percent_of_each_sign_and_grows_as_many(self):
        torch.manual_seed(4)
        model = MaskedMlp(TINY, CPU)
        momenta = [torch.ones_like(layer.weight) for layer in model.layers]
        masks = [mask.clone() for mask in model.masks]
        weights = [layer.weight.detach().clone() for layer in model.layers]
        evolve(model, momenta)
        for i, mask in enumerate(model.masks):
            old, new = masks[i], weights[i]
            self.assertEqual(mask.sum(), old.sum())
            kept = model.layers[i].weight.detach() != 0
            for sign in (new < 0, new > 0):
                count = int(sign.sum())
                self.assertEqual(int((kept & sign).sum()), count - int(count * 0.3))
                # What is kept is farther from 0 than what is dropped.
                self.assertGreaterEqual(new[kept & sign].abs().min(), new[~kept & sign].abs().max())
            self.assertTrue(torch.all(momenta[i][(old == 1) & ~kept] == 0))

    def test_random_inactive_cells_are_distinct_and_inactive(self):
        torch.manual_seed(5)
        cells = (torch.rand(500) < 0.9).float()
        free = int((cells == 0).sum())
        chosen = random_inactive(cells, free + 10)
        self.assertEqual(sorted(chosen.tolist()), cells.eq(0).nonzero().squeeze(1).tolist())
        few = random_inactive(cells, 7)
        self.assertEqual(len(set(few.tolist())), 7)
        self.assertTrue(torch.all(cells[few] == 0))


class Augmentation(unittest.TestCase):
    def test_moves_pixels_but_keeps_a_constant_image(self):
        torch.manual_seed(6)
        constant = torch.full((50, 3, 8, 8), 1.5)
        torch.testing.assert_close(augmented(constant), constant)
        ramp = torch.arange(8.0).expand(50, 3, 8, 8)
        moved = augmented(ramp)
        flipped = (moved[:, :, :, 0] > moved[:, :, :, 7]).all(dim=2).all(dim=1)
        self.assertGreater(int(flipped.sum()), 10)
        self.assertLess(int(flipped.sum()), 40)
        centre = (moved[:, 0, 3:5, 3:5].mean(dim=(1, 2)) - 3.5).abs()
        self.assertLessEqual(centre.max(), 0.8 + 1e-4)  # a tenth of the width
        self.assertGreater(centre.max(), 0.4)
        down = augmented(ramp.transpose(2, 3).contiguous())
        centre = (down[:, 0, 3:5, 3:5].mean(dim=(1, 2)) - 3.5).abs()
        self.assertLessEqual(centre.max(), 0.8 + 1e-4)
        self.assertGreater(centre.max(), 0.4)

    def test_standardises(self):
        images = Images(TINY, 10, CPU)
        values = images.standardised(images.train)
        self.assertAlmostEqual(values.mean().item(), 0, delta=0.05)
        self.assertAlmostEqual(values.std().item(), 1, delta=0.05)


class Comparison(unittest.TestCase):
    def run_compare(self, *more):
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder) / "report.json"
            compare.main(["--device", "cpu", "--size", "tiny", "--rounds", "2", "--threads", "1",
                          "--json", str(report), *more])
            return json.loads(report.read_text())

    def test_pytorch_alone(self):
        report = self.run_compare("--precisions", "fp32,bf16", "--ways", "eager,graph")
        names = [variant["name"] for variant in report["variants"]]
        self.assertEqual(names, ["pytorch graph fp32", "pytorch graph bf16", "pytorch eager fp32",
                                 "pytorch eager bf16"])
        self.assertEqual(report["ratios_to"], "pytorch eager fp32")
        self.assertTrue(report["finished"])
        graph, eager = report["variants"][0], report["variants"][3]
        self.assertEqual(len(eager["step_seconds"]["rounds"]), 2)
        for epoch, step in zip(eager["epoch_seconds"]["rounds"], eager["step_seconds"]["rounds"]):
            self.assertGreater(epoch, 9 * step)  # nine of its ten steps
            self.assertLess(epoch, 100 * step)
        self.assertIn("not_measured", graph)

    def test_beside_regrow(self):
        if not PROGRAM:
            self.skipTest("no path of regrow was given")
        report = self.run_compare("--precisions", "fp32", "--ways", "eager", "--regrow", PROGRAM,
                                  "--regrow-devices", "cpu,nonsense")
        self.assertEqual(report["ratios_to"], "regrow cpu")
        cpu, nonsense, eager = report["variants"]
        self.assertEqual(len(cpu["step_seconds"]["rounds"]), 2)
        self.assertEqual(cpu["step_ratio"]["median"], 1)
        self.assertIn("nonsense", nonsense["not_measured"])
        self.assertAlmostEqual(
            eager["step_ratio"]["rounds"][1],
            eager["step_seconds"]["rounds"][1] / cpu["step_seconds"]["rounds"][1])

    def test_a_missing_regrow_costs_only_itself(self):
        report = self.run_compare("--precisions", "fp32", "--ways", "eager", "--regrow",
                                  "no/regrow", "--regrow-devices", "cpu")
        regrow, eager = report["variants"]
        self.assertIn("no/regrow", regrow["not_measured"])
        self.assertEqual(len(eager["step_seconds"]["rounds"]), 2)

    def test_an_unknown_way_is_refused(self):
        with self.assertRaises(SystemExit):
            self.run_compare("--ways", "none")


if __name__ == "__main__":
    PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ""
    unittest.main(argv=sys.argv[:1])
