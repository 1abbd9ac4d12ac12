import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm, trange
from mpl_toolkits.mplot3d import Axes3D

plt.style.use("ggplot")
plt.rcParams["figure.figsize"] = (4, 3)
np.random.seed(6)
x = np.linspace(0, 1, 30)[:, None]
y = 3 * x + 1 + np.random.randn(30, 1) * 0.05
w, b = np.zeros((1, 1)), 0.0
fig, ax = plt.subplots()
curve = []
for epoch in tqdm(range(40), desc="training"):
    e = x @ w + b - y
    curve.append((e**2).mean())
    w -= 0.5 * x.T @ e / 30
    b -= 0.5 * e.mean()
    if epoch % 10 == 0:
        ax.plot(x, x @ w + b, label="%d" % epoch)
        ax.plot(curve)[0].set_data(x, y)
for _ in trange(3):
    pass
fig2 = plt.figure()
ax3 = fig2.add_subplot(111, projection="3d")
ax3.set_title("surface")
plt.contourf(np.zeros((2, 2)), cmap=plt.cm.Spectral)
plt.legend()
plt.savefig("never.png")
plt.show()
print(w, b)
