import org.jspecify.annotations.NullMarked;

/** What a hypervisor can tell and do: sampling and resizing; libvirt and embedded. */
@NullMarked
module org.foreshape.hypervisor {
    requires static transitive org.jspecify;
    requires transitive org.foreshape.ring;
    requires transitive org.foreshape.nativebindings;
    requires java.xml;

    exports org.foreshape.hypervisor;
    exports org.foreshape.hypervisor.embedded;
    exports org.foreshape.hypervisor.libvirt;
}
