import org.jspecify.annotations.NullMarked;

/** Hands on C: libvirt, libnuma and Linux memory system calls. No policy, no threads. */
@NullMarked
module org.foreshape.nativebindings {
    requires static transitive org.jspecify;

    exports org.foreshape.nativebindings;
}
