package org.foreshape.inference.task;

/** Solves small symmetric positive definite systems in place. */
final class Cholesky {
    private Cholesky() {}

    /**
     * Solves {@code a x = b}.
     *
     * @param a rows of the matrix, positive definite; overwritten
     * @param b the right side; holds x afterwards
     * @param size rows
     */
    static void solve(double[] a, double[] b, int size) {
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = a[i * size + j];
                for (int k = 0; k < j; k++) {
                    sum -= a[i * size + k] * a[j * size + k];
                }
                a[i * size + j] = i == j ? StrictMath.sqrt(sum) : sum / a[j * size + j];
            }
        }
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < i; k++) {
                b[i] -= a[i * size + k] * b[k];
            }
            b[i] /= a[i * size + i];
        }
        for (int i = size - 1; i >= 0; i--) {
            for (int k = i + 1; k < size; k++) {
                b[i] -= a[k * size + i] * b[k];
            }
            b[i] /= a[i * size + i];
        }
    }
}
