//! Resource: one URL pattern with a handler per method. Other methods get 405 with `Allow`.

use poem::{
    Endpoint, IntoEndpoint, Request, Response, RouteMethod,
    http::{HeaderName, Method, StatusCode},
};

use super::headers;
use crate::error::Error;

/// Response header that states which browser features a page may use.
pub(super) const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Handlers of one URL pattern. `Allow` is made from the registered methods (RFC 9110, section 15.5.6).
pub struct Resource {
    methods: RouteMethod,
    /// Value of `Allow`, in the order of registration.
    allow: String,
    allows_head: bool,
    permissions: Option<&'static str>,
}

/// Resource with `GET` and `HEAD`.
pub fn get(handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
    Resource {
        allows_head: true,
        ..socket(handler).allow(&Method::HEAD)
    }
}

/// Resource with `GET` alone, for a WebSocket.
pub fn socket(handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
    Resource::new(RouteMethod::new().get(handler), &Method::GET)
}

/// Resource with `POST`.
pub fn post(handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
    Resource::new(RouteMethod::new().post(handler), &Method::POST)
}

/// Resource with `PATCH`.
pub fn patch(handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
    Resource::new(RouteMethod::new().patch(handler), &Method::PATCH)
}

/// Resource with `PUT`.
pub fn put(handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
    Resource::new(RouteMethod::new().put(handler), &Method::PUT)
}

/// Resource with `DELETE`.
pub fn delete(handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
    Resource::new(RouteMethod::new().delete(handler), &Method::DELETE)
}

impl Resource {
    fn new(methods: RouteMethod, method: &Method) -> Resource {
        Resource {
            methods,
            allow: method.to_string(),
            allows_head: false,
            permissions: None,
        }
    }

    /// Adds `POST`.
    pub fn post(mut self, handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
        self.methods = self.methods.post(handler);
        self.allow(&Method::POST)
    }

    /// Adds `HEAD` with a handler of its own.
    pub fn head(mut self, handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
        self.methods = self.methods.head(handler);
        if std::mem::replace(&mut self.allows_head, true) {
            return self;
        }
        self.allow(&Method::HEAD)
    }

    /// Adds `OPTIONS`.
    pub fn options(mut self, handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
        self.methods = self.methods.options(handler);
        self.allow(&Method::OPTIONS)
    }

    /// Adds `PATCH`.
    pub fn patch(mut self, handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
        self.methods = self.methods.patch(handler);
        self.allow(&Method::PATCH)
    }

    /// Adds `PUT`.
    pub fn put(mut self, handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
        self.methods = self.methods.put(handler);
        self.allow(&Method::PUT)
    }

    /// Adds `DELETE`.
    pub fn delete(mut self, handler: impl IntoEndpoint<Endpoint: 'static>) -> Resource {
        self.methods = self.methods.delete(handler);
        self.allow(&Method::DELETE)
    }

    /// Replaces the default `Permissions-Policy` in successful responses.
    pub fn with_permissions(mut self, policy: &'static str) -> Resource {
        self.permissions = Some(policy);
        self
    }

    fn allow(mut self, method: &Method) -> Resource {
        self.allow.push_str(", ");
        self.allow.push_str(method.as_str());
        self
    }
}

impl Endpoint for Resource {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        let refused = || Error::MethodNotAllowed(self.allow.clone());
        if req.method() == Method::HEAD && !self.allows_head {
            return Err(refused().into()); // poem would call the handler of GET
        }
        let result = self.methods.call(req).await;
        let mut response = result.map_err(|error| match error.status() {
            StatusCode::METHOD_NOT_ALLOWED => refused().into(),
            _ => error,
        })?;
        if let Some(policy) = self.permissions {
            headers::set(response.headers_mut(), PERMISSIONS_POLICY, policy);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make_sync;

    use super::*;

    async fn call(resource: &Resource, method: Method) -> Result<Response, Error> {
        let request = Request::builder().method(method).finish();
        resource.call(request).await.map_err(Error::from)
    }

    #[tokio::test]
    async fn other_methods_are_refused_with_the_registered_ones() {
        let handler = || make_sync(|_| StatusCode::OK);
        let none: &[Method] = &[];
        for (resource, allow, called) in [
            (
                get(handler()),
                "GET, HEAD",
                &[Method::GET, Method::HEAD][..],
            ),
            (socket(handler()), "GET", &[Method::GET]),
            (put(handler()), "PUT", &[Method::PUT]),
            (post(handler()).patch(handler()), "POST, PATCH", none),
            (
                get(handler()).post(handler()).delete(handler()),
                "GET, HEAD, POST, DELETE",
                &[Method::HEAD, Method::POST, Method::DELETE],
            ),
        ] {
            let refused = call(&resource, Method::TRACE).await.err();
            assert_eq!(refused, Some(Error::MethodNotAllowed(allow.into())));
            for method in called {
                assert!(call(&resource, method.clone()).await.is_ok(), "{method}");
            }
        }
        let head = call(&socket(handler()), Method::HEAD).await.err();
        assert_eq!(head, Some(Error::MethodNotAllowed("GET".into())));
    }

    #[tokio::test]
    async fn a_resource_may_widen_the_permissions_policy() {
        let resource = get(make_sync(|_| StatusCode::OK)).with_permissions("microphone=(self)");
        let response = call(&resource, Method::GET).await.expect("a response");
        assert_eq!(response.headers()[PERMISSIONS_POLICY], "microphone=(self)");
    }
}
