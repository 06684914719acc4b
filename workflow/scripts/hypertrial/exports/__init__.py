"""Finished searches in the formats of other tools: scikit-learn, Optuna, ONNX, MLflow."""
