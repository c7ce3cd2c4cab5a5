//! Makes cargo notice new and removed files in the folders that are embedded.

fn main() {
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed=migrations");
}
