package org.foreshape.daemon.fault;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what somebody may have meant who mistyped a name. */
public final class NearNames {
    private static final int NAME_COUNT_MAX = 3;

    private NearNames() {}

    /**
     * The end of a sentence about an unknown name: near names if there are any, else all of them
     * while they are few.
     */
    public static String hint(String unknown, Collection<String> known) {
        List<String> near = near(unknown, known);
        if (!near.isEmpty()) {
            return "did you mean " + String.join(" or ", near) + "?";
        }
        if (known.isEmpty()) {
            return "none is known";
        }
        List<String> some = known.stream().sorted().limit(12).toList();
        return "known: " + String.join(", ", some) + (known.size() > some.size() ? ", ..." : "");
    }

    /** The known names within a third of the unknown name's length in edits, nearest first. */
    static List<String> near(String unknown, Collection<String> known) {
        String wanted = unknown.toLowerCase(Locale.ROOT);
        int editsMax = Math.max(1, unknown.length() / 3);
        return known.stream()
                .filter(name -> {
                    String candidate = name.toLowerCase(Locale.ROOT);
                    return edits(wanted, candidate) <= editsMax
                            || (wanted.length() >= 3 && candidate.contains(wanted));
                })
                .sorted(
                        Comparator.comparingInt((String name) ->
                                        edits(wanted, name.toLowerCase(Locale.ROOT)))
                                .thenComparing(Comparator.naturalOrder()))
                .limit(NAME_COUNT_MAX)
                .toList();
    }

    /** Levenshtein distance. */
    static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replace, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
