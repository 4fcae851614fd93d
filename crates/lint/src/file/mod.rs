//! Files as sources: safetensors, also in shards, and NumPy's npy and npz.
