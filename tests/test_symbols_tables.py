"""Activations, losses and optimisers in symbols: every text here was read before it was kept."""

from equation_text import PLAIN, assert_drawn, equations, named
from make_networks import network

from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS

ACTIVATIONS_IN_SYMBOLS = """
                    1
Y = σ(net₂) = ─────────────
              1 + e^(−net₂)

 ∂Y
───── = σ(net₂) − σ(net₂)²
∂net₂

Y = tanh(net₂)

 ∂Y
───── = 1 − tanh(net₂)²
∂net₂

Y = relu(net₂) = 0 if net₂ < 0, else net₂

 ∂Y
───── = 1 if net₂ > 0, else 0
∂net₂

Y = leaky_relu(net₂) = net₂ if net₂ > 0, else 0.01 · net₂

 ∂Y
───── = 1 if net₂ > 0, else 0.01
∂net₂

Y = elu(net₂) = net₂ if net₂ > 0, else e^net₂ − 1

 ∂Y
───── = 1 if net₂ > 0, else e^net₂
∂net₂

Y = softplus(net₂) = ln(1 + e^net₂)

 ∂Y                     1
───── = σ(net₂) = ─────────────
∂net₂             1 + e^(−net₂)

Y = silu(net₂) = net₂ · σ(net₂)

 ∂Y
───── = σ(net₂) · (1 + net₂ · (1 − σ(net₂)))
∂net₂

Y = identity(net₂)

 ∂Y
───── = 1
∂net₂

                          e^net₂
Y = softmax(net₂) = ───────────────────
                    Σ over units e^net₂
"""

SOME_IN_ASCII = """
Y = elu(net_2) = net_2 if net_2 > 0, else e^net_2 - 1

  dY
------ = 1 if net_2 > 0, else e^net_2
dnet_2

Y = softplus(net_2) = ln(1 + e^net_2)

                            e^net_2
Y = softmax(net_2) = ----------------------
                     sum over units e^net_2
"""

LOSSES_IN_SYMBOLS = """
E = 1/2 · Σ (labelY − Y)²

∂E
── = Y − labelY
∂Y

    1/2 · Σ (labelY − Y)²
E = ─────────────────────
              4

∂E   Y − labelY
── = ──────────
∂Y       4

E = Σ (labelY − Y)²

∂E
── = 2 · (Y − labelY)
∂Y

    Σ (labelY − Y)²
E = ───────────────
           4

∂E   2 · (Y − labelY)
── = ────────────────
∂Y          4

E = Σ mean over units ((labelY − Y)²)

∂E   2 · (Y − labelY)
── = ────────────────
∂Y          2

    Σ mean over units ((labelY − Y)²)
E = ─────────────────────────────────
                    4

∂E   2 · (Y − labelY) / 2
── = ────────────────────
∂Y            4

E = −Σ (labelY · ln(Y) + (1 − labelY) · ln(1 − Y))

∂E   1 − labelY   labelY
── = ────────── − ──────
∂Y     1 − Y        Y

    −Σ (labelY · ln(Y) + (1 − labelY) · ln(1 − Y))
E = ──────────────────────────────────────────────
                          4

∂E   (1 − labelY) / (1 − Y) − labelY / Y
── = ───────────────────────────────────
∂Y                    4

E = −Σ labelY · ln(Y)

∂E   −labelY
── = ───────
∂Y      Y

    −Σ labelY · ln(Y)
E = ─────────────────
            4

∂E   −labelY / Y
── = ───────────
∂Y        4

    Σ mean over units ((labelY − Y)²)
E = ─────────────────────────────────
                 samples

∂E   2 · (Y − labelY) / 2
── = ────────────────────
∂Y         samples
"""

OPTIMIZERS_IN_SYMBOLS = """
                          ∂E
W₁ = W₁ − learning_rate · ───
                          ∂W₁

                                       ∂E
velocity_W1 = momentum · velocity_W1 + ───
                                       ∂W₁

W₁ = W₁ − learning_rate · velocity_W1

                                       ∂E
velocity_W1 = momentum · velocity_W1 + ───
                                       ∂W₁

                           ∂E
W₁ = W₁ − learning_rate · (─── + momentum · velocity_W1)
                           ∂W₁

square_W1 = alpha · square_W1 + (1 − alpha) · (∂E/∂W₁)²

          learning_rate · ∂E/∂W₁
W₁ = W₁ − ──────────────────────
          √(square_W1) + epsilon

square_W1 = square_W1 + (∂E/∂W₁)²

          learning_rate · ∂E/∂W₁
W₁ = W₁ − ──────────────────────
          √(square_W1) + epsilon

t = t + 1

                                    ∂E
m_W1 = beta₁ · m_W1 + (1 − beta₁) · ───
                                    ∂W₁

v_W1 = beta₂ · v_W1 + (1 − beta₂) · (∂E/∂W₁)²

          learning_rate · m_W1 / (1 − beta₁^t)
W₁ = W₁ − ────────────────────────────────────
           √(v_W1 / (1 − beta₂^t)) + epsilon

t = t + 1

                                    ∂E
m_W1 = beta₁ · m_W1 + (1 − beta₁) · ───
                                    ∂W₁

v_W1 = beta₂ · v_W1 + (1 − beta₂) · (∂E/∂W₁)²

                                 m_W1 / (1 − beta₁^t)
W₁ = W₁ − learning_rate · (───────────────────────────────── + weight_decay · W₁)
                           √(v_W1 / (1 − beta₂^t)) + epsilon
"""

ADAM_IN_ASCII = """
                                      dE
m_W1 = beta_1 * m_W1 + (1 - beta_1) * ---
                                      dW1

v_W1 = beta_2 * v_W1 + (1 - beta_2) * (dE/dW1)^2

          learning_rate * m_W1 / (1 - beta_1^t)
W1 = W1 - -------------------------------------
          sqrt(v_W1 / (1 - beta_2^t)) + epsilon
"""


def test_each_activation_is_written_with_its_definition_and_its_derivative():
    made = [network((2, 2, 1), last=name) for name in ACTIVATIONS]
    assert_drawn([equations(one, wanted=named("Y", "delta_Y_net2")) for one in made], ACTIVATIONS_IN_SYMBOLS)


def test_activations_are_written_in_ascii():
    made = [network((2, 2, 1), last=name) for name in ("elu", "softplus", "softmax")]
    wanted = [named("Y", "delta_Y_net2"), named("Y"), named("Y")]
    assert_drawn([equations(one, PLAIN, names) for one, names in zip(made, wanted)], SOME_IN_ASCII)


def test_each_loss_as_sum_and_as_mean():
    made = [network((2, 2, 2), loss=name, reduction=how) for name in LOSSES for how in ("sum", "mean")]
    # The last batch of an epoch is smaller: what is divided by is counted, not written.
    made.append(network((2, 2, 2), loss="mean_squared_error", reduction="mean", batch_size=3))
    assert_drawn([equations(one, wanted=named("E", "delta_Y")) for one in made], LOSSES_IN_SYMBOLS)


def test_each_optimiser_is_written_with_what_it_remembers():
    parts = [
        equations(
            network((2, 1), optimizer=name),
            wanted=lambda step: step.phase == "update" and "B" not in step.name,
        )
        for name in OPTIMIZERS
    ]
    assert_drawn(parts, OPTIMIZERS_IN_SYMBOLS)


def test_adam_is_written_in_ascii():
    made = network((2, 1), optimizer="adam")
    assert_drawn([equations(made, PLAIN, named("m_W1", "v_W1", "W1"))], ADAM_IN_ASCII)
