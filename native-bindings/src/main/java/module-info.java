import org.jspecify.annotations.NullMarked;

/**
 * Hands on C: libvirt, libnuma and Linux memory system calls. No policy, no threads.
 *
 * <p>Three layers. The packages below {@code generated} are jextract's output (raw) and stay
 * inside; package-private mirrors give each C function one checked Java method; the exported
 * packages hold the meaning: handles, records and exceptions.
 */
@NullMarked
module org.foreshape.nativebindings {
    requires static transitive org.jspecify;

    exports org.foreshape.nativebindings;
    exports org.foreshape.nativebindings.libvirt;
    exports org.foreshape.nativebindings.linux;
}
