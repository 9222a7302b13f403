//! Differentiable tensor operations on candle that train right: fused kernels, losses, optimizers, a parameter store.
