/**
 * How good forecasts are: {@link org.foreshape.inference.evaluate.Evaluation} runs a model and the
 * classical baselines over a trace, VM by VM, and gives an {@link
 * org.foreshape.inference.evaluate.EvaluationReport}. Definitions stand in
 * docs/measurements/forecast.md.
 */
package org.foreshape.inference.evaluate;
