package org.foreshape.shaping.tuning;

/**
 * Recursive least squares with a ridge: what weights of the inputs give the outputs, kept up to
 * date with every example. All outputs share the inputs. One thread.
 *
 * @see <a href="https://doi.org/10.1007/978-3-642-21716-0">Young, Recursive Estimation and
 *     Time-Series Analysis</a>
 */
final class LeastSquares {
    private final int inputs;
    private final double[] inverse;
    private final double[][] weight;
    private final double[] gain;

    /**
     * One that takes every output for 0.
     *
     * @param ridge how many examples of unit size the belief in 0 is worth
     */
    LeastSquares(int inputs, int outputs, double ridge) {
        this.inputs = inputs;
        inverse = new double[inputs * inputs];
        weight = new double[outputs][inputs];
        gain = new double[inputs];
        for (int i = 0; i < inputs; i++) {
            inverse[i * inputs + i] = 1 / ridge;
        }
    }

    double predict(double[] input, int output) {
        double sum = 0;
        for (int i = 0; i < inputs; i++) {
            sum += weight[output][i] * input[i];
        }
        return sum;
    }

    /** Takes an example in. */
    void learn(double[] input, double[] outputs) {
        double scale = 1;
        for (int i = 0; i < inputs; i++) {
            double sum = 0;
            for (int j = 0; j < inputs; j++) {
                sum += inverse[i * inputs + j] * input[j];
            }
            gain[i] = sum;
            scale += input[i] * sum;
        }
        for (int output = 0; output < weight.length; output++) {
            double error = (outputs[output] - predict(input, output)) / scale;
            for (int i = 0; i < inputs; i++) {
                weight[output][i] += gain[i] * error;
            }
        }
        for (int i = 0; i < inputs; i++) {
            for (int j = 0; j <= i; j++) {
                // Both halves from one product, so that it stays symmetric.
                double next = inverse[i * inputs + j] - gain[i] * gain[j] / scale;
                inverse[i * inputs + j] = next;
                inverse[j * inputs + i] = next;
            }
        }
    }
}
