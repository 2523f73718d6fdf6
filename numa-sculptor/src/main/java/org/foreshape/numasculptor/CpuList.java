package org.foreshape.numasculptor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The kernel's lists of numbers, such as {@code 0-3,8}. */
final class CpuList {
    private CpuList() {}

    /** Reads a list; empty text is an empty list. */
    static List<Integer> parse(String text) {
        var numbers = new ArrayList<Integer>();
        for (String part : text.trim().split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            int dash = part.indexOf('-');
            int first = Integer.parseInt((dash < 0 ? part : part.substring(0, dash)).trim());
            int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1).trim());
            for (int number = first; number <= last; number++) {
                numbers.add(number);
            }
        }
        return List.copyOf(numbers);
    }

    /** The same numbers as bits. */
    static BitSet bits(List<Integer> numbers) {
        var bits = new BitSet();
        numbers.forEach(bits::set);
        return bits;
    }

    /** The text of a list, number by number. */
    static String text(List<Integer> numbers) {
        return String.join(",", numbers.stream().map(String::valueOf).toList());
    }

    /** The bits' numbers, ascending. */
    static List<Integer> numbers(BitSet bits) {
        return bits.stream().boxed().toList();
    }
}
