/** Trains forecasters and writes them as ONNX. */
package org.foreshape.inference.trainer;
