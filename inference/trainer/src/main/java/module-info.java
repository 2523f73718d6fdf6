import org.jspecify.annotations.NullMarked;

/** Trains forecasters and writes them as ONNX. */
@NullMarked
module org.foreshape.trainer {
    requires static transitive org.jspecify;
    requires org.foreshape.inference;

    exports org.foreshape.inference.trainer;
}
