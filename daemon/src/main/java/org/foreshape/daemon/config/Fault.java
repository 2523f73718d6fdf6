package org.foreshape.daemon.config;

import java.util.Comparator;

/**
 * One thing that is wrong with a configuration.
 *
 * @param line its line in the file, from 1; 0 when it is not in the file
 * @param sentence what is wrong and what would be right
 */
record Fault(int line, String sentence) implements Comparable<Fault> {
    private static final Comparator<Fault> ORDER =
            Comparator.comparingInt(Fault::line).thenComparing(Fault::sentence);

    @Override
    public int compareTo(Fault other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return line > 0 ? "line " + line + ": " + sentence : sentence;
    }
}
