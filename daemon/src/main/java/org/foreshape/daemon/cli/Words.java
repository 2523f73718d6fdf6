package org.foreshape.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.foreshape.daemon.fault.Failure;

/** Words of the command line that stand for constants. */
final class Words {
    private Words() {}

    /**
     * The constant of a word.
     *
     * @throws Failure (usage) naming all words when there is no such constant
     */
    static <E extends Enum<E>> E parse(Class<E> type, String option, String word) {
        List<String> words = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String its = constant.name().toLowerCase(Locale.ROOT);
            if (its.equals(word.toLowerCase(Locale.ROOT))) {
                return constant;
            }
            words.add(its);
        }
        throw Failure.usage(
                option + " is " + word + ", must be one of " + String.join(", ", words));
    }
}
