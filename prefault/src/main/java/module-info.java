import org.jspecify.annotations.NullMarked;

/**
 * Acts on when memory is there: pre-fault, userfaultfd pages, page cache and guest pre-warming.
 * Never changes a byte of a guest.
 */
@NullMarked
module org.foreshape.prefault {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires transitive org.foreshape.nativebindings;
    requires tools.jackson.databind;

    exports org.foreshape.prefault;
    exports org.foreshape.prefault.warm;
    exports org.foreshape.prefault.pages;
}
