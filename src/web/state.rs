//! Extractor of shared handles: `State(rooms): State<Rooms>`, or a tuple of several.

use poem::{FromRequest, Request, RequestBody};

use crate::error::{Error, Result};

/// Shared handle that `routes.rs` adds to every request. Cheap to clone.
pub trait Handle: Clone + Send + Sync + 'static {}

/// Handle, or a tuple of up to four handles.
pub struct State<T>(pub T);

/// Types that can be taken from the handles of a request.
pub trait FromHandles: Sized {
    /// Takes the handles. `Internal` when `routes.rs` did not add one.
    fn take(req: &Request) -> Result<Self>;
}

impl<T: Handle> FromHandles for T {
    fn take(req: &Request) -> Result<T> {
        handle(req).cloned()
    }
}

macro_rules! tuple {
    ($($name:ident),+) => {
        impl<$($name: Handle),+> FromHandles for ($($name,)+) {
            fn take(req: &Request) -> Result<Self> {
                Ok(($(handle::<$name>(req)?.clone(),)+))
            }
        }
    };
}
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);

/// Handle by reference, for guards.
pub fn handle<T: Handle>(req: &Request) -> Result<&T> {
    req.data::<T>().ok_or_else(|| {
        let name = std::any::type_name::<T>();
        Error::Internal(format!("{name} is missing from the routes"))
    })
}

impl<'a, T: FromHandles> FromRequest<'a> for State<T> {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<State<T>> {
        Ok(State(T::take(req)?))
    }
}
