import org.jspecify.annotations.NullMarked;

/**
 * Memory: every event and decision on Chronicle Queue, and replay. The only module that sees {@code
 * net.openhft}.
 */
@NullMarked
module org.foreshape.journal {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires org.foreshape.nativebindings;
    requires chronicle.queue;
    requires chronicle.core;
    requires chronicle.bytes;
    requires chronicle.threads;
    requires chronicle.wire;
    requires jdk.unsupported;
    // Not used here, but automatic modules cannot say what they need: Chronicle logs through slf4j
    // and calls the system through JNR, which needs ASM.
    requires org.slf4j;
    requires org.objectweb.asm;
    requires org.agrona;

    exports org.foreshape.journal;
}
