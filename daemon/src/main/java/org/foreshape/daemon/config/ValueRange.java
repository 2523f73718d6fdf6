package org.foreshape.daemon.config;

import java.util.List;
import java.util.Locale;

/** What values a key takes: its type and its bounds. */
sealed interface ValueRange {
    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException with the rest of a sentence "KEY is VALUE, ..."
     */
    Object parse(String text);

    /** The range for people, as it stands in the documentation. */
    String describe();

    /** Any text that is not blank. */
    record TextRange(String describe) implements ValueRange {
        @Override
        public Object parse(String text) {
            if (text.isBlank()) {
                throw new IllegalArgumentException("must not be empty");
            }
            return text;
        }
    }

    /** A whole number within bounds. */
    record WholeRange(long least, long most) implements ValueRange {
        @Override
        public Object parse(String text) {
            long value;
            try {
                value = Long.parseLong(text.replace("_", ""));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("must be a whole number, " + describe(), e);
            }
            if (value < least || value > most) {
                throw new IllegalArgumentException("must be " + describe());
            }
            return value;
        }

        @Override
        public String describe() {
            return least + " to " + most;
        }
    }

    /** A number within bounds. */
    record DecimalRange(double least, double most) implements ValueRange {
        @Override
        public Object parse(String text) {
            double value;
            try {
                value = Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("must be a number, " + describe(), e);
            }
            if (!(value >= least && value <= most)) {
                throw new IllegalArgumentException("must be " + describe());
            }
            return value;
        }

        @Override
        public String describe() {
            return plain(least) + " to " + plain(most);
        }

        private static String plain(double value) {
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? Long.toString((long) value)
                    : Double.toString(value);
        }
    }

    /** One of a few words. */
    record ChoiceRange(List<String> words) implements ValueRange {
        @Override
        public Object parse(String text) {
            String word = text.toLowerCase(Locale.ROOT);
            if (!words.contains(word)) {
                throw new IllegalArgumentException("must be " + describe());
            }
            return word;
        }

        @Override
        public String describe() {
            return String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
        }
    }

    /** An amount of memory, either in MiB or as a share of the host's memory. */
    record BudgetRange() implements ValueRange {
        @Override
        public Object parse(String text) {
            return MemoryBudget.parse(text);
        }

        @Override
        public String describe() {
            return "64 MiB or more, or 1% to 100%";
        }
    }

    /** An amount of memory in MiB, or the word "max". */
    record MibOrMaxRange(long least, long most) implements ValueRange {
        /** The word for no bound. */
        static final String MAX_WORD = "max";

        @Override
        public Object parse(String text) {
            if (text.equalsIgnoreCase(MAX_WORD)) {
                return Long.MAX_VALUE;
            }
            try {
                return new WholeRange(least, most).parse(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("must be " + describe(), e);
            }
        }

        @Override
        public String describe() {
            return least + " to " + most + ", or " + MAX_WORD;
        }
    }

    /** From one whole number to another, with 100 between them: {@code 25-400}. */
    record SpanRange(int least, int most) implements ValueRange {
        private static final int MIDDLE = 100;

        /** What such a value is read as. */
        record Span(int from, int to) {}

        @Override
        public Object parse(String text) {
            String[] ends = text.strip().split("-", -1);
            try {
                if (ends.length == 2) {
                    int from = Integer.parseInt(ends[0].strip());
                    int to = Integer.parseInt(ends[1].strip());
                    if (from >= least && from <= MIDDLE && to >= MIDDLE && to <= most) {
                        return new Span(from, to);
                    }
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("must be " + describe(), e);
            }
            throw new IllegalArgumentException("must be " + describe());
        }

        @Override
        public String describe() {
            return "two whole numbers FROM-TO within " + least + " and " + most + ", around 100";
        }
    }
}
