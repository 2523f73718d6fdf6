package org.foreshape.journal;

import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.core.Jvm;
import org.agrona.DirectBuffer;

/**
 * What the JVM must be started with, checked before Chronicle's classes are loaded: without it they
 * fail with misleading errors.
 */
final class LaunchFlags {
    private static final String ANALYTICS = "chronicle.analytics.disable";

    private LaunchFlags() {}

    /**
     * Checks the flags.
     *
     * @throws JournalException that names every missing one
     */
    static void check() {
        List<String> missing = new ArrayList<>();
        if (!Boolean.getBoolean(ANALYTICS)) {
            missing.add("-D" + ANALYTICS + "=true");
        }
        Module base = Object.class.getModule();
        Module core = Jvm.class.getModule();
        Module agrona = DirectBuffer.class.getModule();
        if (!base.isOpen("java.lang.reflect", core)) {
            missing.add("--add-opens=java.base/java.lang.reflect=" + name(core));
        }
        if (!base.isExported("sun.nio.ch", core)) {
            missing.add("--add-exports=java.base/sun.nio.ch=" + name(core));
        }
        if (!base.isExported("jdk.internal.misc", agrona)) {
            missing.add("--add-exports=java.base/jdk.internal.misc=" + name(agrona));
        }
        if (!missing.isEmpty()) {
            throw new JournalException(
                    "the journal needs the JVM started with " + String.join(" ", missing));
        }
    }

    private static String name(Module module) {
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }
}
