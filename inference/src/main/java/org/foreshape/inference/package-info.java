/** Foresight: features, ONNX forecasters, fallback and task demand. */
package org.foreshape.inference;
