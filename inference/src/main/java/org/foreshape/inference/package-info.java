/**
 * Foresight: what each VM will need at most within the next 5 and 15 minutes.
 *
 * <p>{@link org.foreshape.inference.SampleHistory} observes, {@link
 * org.foreshape.inference.OnnxForecaster} forecasts; {@link
 * org.foreshape.inference.FallbackForecaster} speaks where the model cannot. {@link
 * org.foreshape.inference.FeatureSchema} and {@link org.foreshape.inference.FeatureStore} are
 * shared with training, so that a model is served with what it was trained on. {@link
 * org.foreshape.inference.ForecastModel} lets nothing unchecked run.
 */
package org.foreshape.inference;
